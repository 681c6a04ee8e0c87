import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { secrets } from "../../kube/core.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { DryRunChange } from "../../runtime/dry-run-client.ts";
import type { Report } from "../service/status.ts";
import type { ComparedTenant } from "./compare-live.ts";
import { ComparisonCollector } from "./comparison.ts";
import { describeComparison, describeConfig } from "./comparison-text.ts";

const things = { ...secrets, kind: "Policy", plural: "policies" };

function thing(spec: object): KubeObject {
  const policy = { apiVersion: "v1", kind: "Policy", metadata: { name: "a", namespace: "b" }, spec };
  return policy;
}

function change(from: object | undefined, to: object | undefined): DryRunChange {
  return {
    resource: things,
    ...(from !== undefined && { before: thing(from) }),
    ...(to !== undefined && { after: thing(to) }),
  };
}

function tenant(name: string, platform: readonly DryRunChange[], more: Partial<ComparedTenant> = {}): ComparedTenant {
  const object = { apiVersion: "v1", kind: "OCM", metadata: { name, namespace: "x" } };
  return { object, counts: new Map([["Policy", 1]]), platform, target: [], reports: [], ...more };
}

function described(...tenants: readonly ComparedTenant[]): string {
  const collector = new ComparisonCollector({ keepingReasons: ["Kept"] });
  tenants.forEach((one) => collector.add(one));
  return [...describeComparison(collector.result)].join("");
}

const done: Report = { type: "Done", state: "done", reason: "Done", message: "all is well" };

describe("a comparison", () => {
  it("groups objects by the fields that change, and shows the same values once", () => {
    const text = described(
      tenant("a", [change({ level: 1 }, { level: 2 })]),
      tenant("b", [change({ level: 1 }, { level: 2 })]),
      tenant("c", [change({ level: 0 }, { level: 2 })]),
      tenant("d", [change({ list: [1] }, { list: [1, 2] })]),
      tenant("e", [change({ level: 2 }, { level: 2 })]),
    );

    assert.equal(
      text,
      `4 of 5 tenants would change
changes 4 of 5 Policies

3 Policies changed: spec.level
  - spec.level: 1
  + spec.level: 2
    2: x/a, x/b
  - spec.level: 0
  + spec.level: 2
    1: x/c

1 Policy changed: spec.list
  - spec.list:
  -   - 1
  + spec.list:
  +   - 1
  +   - 2
    1: x/d
`,
    );
  });

  it("tells of objects that come and go, and where", () => {
    const onTarget = { target: [change(undefined, {})], counts: new Map([["Policy", 2]]) };

    const text = described(tenant("a", [change(undefined, {}), change({}, undefined)], onTarget));

    assert.match(text, /^creates 1 Policy, deletes 1 of 2 Policies$/m);
    assert.match(text, /^1 Policy created on the cluster of the installation\n {4}1: x\/a$/m);
  });

  it("says why tenants do not have what they ask for, or keep what they have", () => {
    const waiting: Report = { type: "Chart", state: "waiting", reason: "Later", message: "not yet" };
    const kept: Report = { ...done, reason: "Kept", message: "stays" };

    const text = described(
      tenant("a", [], { reports: [waiting, done] }),
      tenant("b", [], { reports: [kept] }),
      tenant("c", [], { reports: [waiting] }),
    );

    const [, remarks] = text.split("not every tenant has what it asks for then:\n");
    assert.equal(remarks, "  Chart Later: not yet\n    2: x/a, x/c\n  Done Kept: stays\n    1: x/b\n");
  });

  it("writes nothing that a terminal obeys", () => {
    const failed: Report = { ...done, state: "failed", message: "\u001b[2Jgone\r\u202eright" };

    const text = described(
      tenant("a\u001b[31m", [change({ "\u001b]0;title": 1 }, { "\u001b]0;title": "\u202e" })], { reports: [failed] }),
    );

    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Bidi_Control}]/u);
    assert.doesNotMatch(describeConfig([failed]).trimEnd(), /[\p{Cc}\p{Bidi_Control}]/u);
  });

  it("keeps only so many tenants and values in mind, and goes on counting", () => {
    const collector = new ComparisonCollector({});
    for (let index = 0; index < 3000; index += 1) {
      collector.add(tenant(`same-${index}`, [change({ level: 1 }, { level: 2 })]));
      collector.add(tenant(`own-${index}`, [change({ own: index }, { own: -1 })]));
    }

    const [same, own] = collector.result.groups;

    assert.deepEqual([same?.count, same?.diffs[0]?.count, same?.diffs[0]?.tenants.length], [3000, 3000, 1000]);
    assert.deepEqual([own?.count, own?.diffs.length, own?.further], [3000, 100, 2900]);
    assert.match([...describeComparison(collector.result)].join(""), /^ {4}and 2,990 more with other values$/m);
  });
});

describe("describeConfig", () => {
  it("says nothing while all is well", () => {
    assert.equal(describeConfig([{ ...done, type: "Accepted", reason: "Valid" }]), "");
    assert.equal(
      describeConfig([{ type: "Accepted", state: "failed", reason: "Invalid", message: "no" }]),
      "ProviderConfig: Accepted Invalid: no\n",
    );
  });
});
