import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import type { Obj } from "../object.ts";
import { AccessRequests } from "./access-requests.ts";
import { accessRequestType } from "./kinds.ts";

describe("AccessRequests", () => {
  let woken: string[];
  let requests: AccessRequests;
  beforeEach(() => {
    woken = [];
    requests = new AccessRequests({ add: (key) => void woken.push(key) });
    requests.saw(accessRequest("one", { requestRef: { name: "mcp", namespace: "tenant-1" } }));
    requests.saw(accessRequest("two", { requestRef: { name: "mcp", namespace: "tenant-2" } }));
  });

  it("wakes those that refer to what has changed, and no others", () => {
    requests.wake("requestRef", { name: "mcp", namespace: "tenant-2" });

    assert.deepEqual(woken, ["ns/two"]);
  });

  it("tells a cluster from a request of the same name", () => {
    requests.wake("clusterRef", { name: "mcp", namespace: "tenant-1" });

    assert.deepEqual(woken, []);
  });

  it("goes by what a request refers to now", () => {
    requests.saw(accessRequest("one", { clusterRef: { name: "cluster", namespace: "tenant-1" } }));

    requests.wake("clusterRef", { name: "cluster", namespace: "tenant-1" });

    assert.deepEqual(woken, ["ns/one"]);
  });
});

function accessRequest(name: string, spec: object): Obj {
  return { ...accessRequestType, metadata: { name, namespace: "ns" }, spec };
}
