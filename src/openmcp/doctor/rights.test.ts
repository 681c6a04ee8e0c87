import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { judgeRights, platformRightsOf, requestedRights, type Right } from "./rights.ts";

const right: Right = { group: "apps", resource: "deployments", subresource: "", verb: "get", name: "", namespace: "" };

describe("rules", () => {
  it("are taken apart into one right for each verb, name and namespace", () => {
    const rule = { apiGroups: ["a.example"], resources: ["things/status"], verbs: ["patch"] };
    const expected = { ...right, group: "a.example", resource: "things", subresource: "status", verb: "patch" };

    assert.deepEqual(platformRightsOf([{ ...rule, isOwnNamespaceOnly: true }], "here"), [
      { ...expected, namespace: "here" },
    ]);
    assert.deepEqual(requestedRights({ permissions: [{ rules: [{ ...rule, resourceNames: ["x", "y"] }] }] }), [
      { ...expected, name: "x" },
      { ...expected, name: "y" },
    ]);
  });
});

describe("judgeRights", () => {
  it("is content with an account that has all of them", () => {
    const finding = judgeRights({ cluster: "platform", account: "me", missing: [], total: 40 });

    assert.equal(finding.level, "ok");
  });

  it("names what is missing, those of one resource together", () => {
    const missing = [
      right,
      { ...right, verb: "list" },
      { ...right, group: "", resource: "secrets", namespace: "here" },
    ];

    const { level, found } = judgeRights({ cluster: "platform", account: "me", missing, total: 40 });

    assert.equal(level, "failed");
    assert.match(found, /lacks 3 of 40 .*: get, list deployments\.apps; get secrets in here$/u);
  });

  it("does not name more than people read", () => {
    const missing = Array.from({ length: 30 }, (_, index) => ({ ...right, resource: `r${index}` }));

    assert.match(judgeRights({ cluster: "onboarding", account: "me", missing, total: 30 }).found, /; and 22 more$/u);
  });
});
