import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import type { KubeObject } from "../../kube/object.ts";
import { ManualClock } from "../../kube/testing/manual-clock.ts";
import { tenantNamespace } from "../platform/names.ts";
import { ShardCaches } from "./shard-caches.ts";

const OURS = "project/ours";
const THEIRS = "project/theirs";

function namespaceOf(key: string): string {
  const [namespace = "", name = ""] = key.split("/");
  return tenantNamespace(name, namespace);
}

function objectOf(key: string): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: namespaceOf(key) } };
}

describe("the caches of a shard", () => {
  let clock: ManualClock;
  let stop: AbortController;
  /** Keys of the tenants that other processes serve, and of all that there are. */
  let foreign: Set<string>;
  let all: Set<string>;
  let evicted: string[];
  let lists: PromiseWithResolvers<void>[];
  let arrived: string[];
  let caches: ShardCaches;

  beforeEach(() => {
    clock = new ManualClock();
    stop = new AbortController();
    [foreign, all, evicted, lists, arrived] = [new Set([THEIRS]), new Set([OURS, THEIRS]), [], [], []];
    caches = new ShardCaches({
      isForeign: (key) => foreign.has(key),
      tenantOf: (namespace) => [...all].find((key) => namespaceOf(key) === namespace),
      onArrived: (key) => arrived.push(key),
      clock,
      signal: stop.signal,
    });
    caches.add({
      store: { evict: (namespace) => evicted.push(namespace) },
      relist: () => {
        const list = Promise.withResolvers<void>();
        lists.push(list);
        return list.promise;
      },
    });
    caches.begin(all);
  });

  afterEach(() => stop.abort());

  it("leave out the objects of tenants that other processes serve, and take in all others", () => {
    assert.equal(caches.accepts(objectOf(OURS)), true);
    assert.equal(caches.accepts(objectOf(THEIRS)), false);
    assert.equal(caches.accepts(objectOf("project/nobody")), true);
    assert.equal(caches.mayPass(OURS), true);
    assert.equal(caches.mayPass(THEIRS), false);
    assert.deepEqual(evicted, []);
  });

  it("forget a tenant that leaves in its own turn, and not before", () => {
    foreign.add(OURS);
    assert.equal(caches.accepts(objectOf(OURS)), true);

    assert.equal(caches.mayPass(OURS), false);

    assert.deepEqual(evicted, [namespaceOf(OURS)]);
    assert.equal(caches.accepts(objectOf(OURS)), false);
  });

  it("let no pass over a tenant that arrives be made before its objects were listed", async () => {
    foreign.delete(THEIRS);

    assert.equal(caches.mayPass(THEIRS), false);
    assert.equal(caches.accepts(objectOf(THEIRS)), true);
    await clock.advance(1000);
    assert.equal(lists.length, 1);
    assert.equal(caches.mayPass(THEIRS), false);
    assert.deepEqual(arrived, []);
    lists[0]?.resolve();
    await clock.advance(0);

    assert.deepEqual(arrived, [THEIRS]);
    assert.equal(caches.mayPass(THEIRS), true);
  });

  it("list once for tenants that arrive together, and again for one that comes during the list", async () => {
    foreign.delete(THEIRS);
    foreign.add(OURS);
    caches.mayPass(OURS);
    caches.mayPass(THEIRS);
    await clock.advance(1000);
    foreign.delete(OURS);
    caches.mayPass(OURS);
    lists[0]?.resolve();
    await clock.advance(1000);

    assert.deepEqual(arrived, [THEIRS]);
    assert.equal(caches.mayPass(OURS), false);
    assert.equal(lists.length, 2);
    lists[1]?.resolve();
    await clock.advance(0);
    assert.equal(caches.mayPass(OURS), true);
  });
});
