import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../../test/support/fake-clock.ts";
import type { Lease } from "../../kube/core.ts";
import { type Labels, parseLabelSelector } from "../../kube/label-selector.ts";
import { createLogger } from "../../runtime/log.ts";
import { leaseName, SHARD_LABEL } from "./shards.ts";
import {
  describeUnserved,
  judgeUnserved,
  seeLeases,
  type SeenLeases,
  selectorOf,
  selectorsIn,
  unservedAmong,
  UnservedTenants,
} from "./unserved.ts";

const owner = { providerName: "ocm", group: "test.example" };
const MAIN = `!${SHARD_LABEL}`;
const A = `${SHARD_LABEL}=a`;

const withKey = (key: string): Labels => ({ [SHARD_LABEL]: key });
const select = (...texts: readonly string[]) => texts.map((text) => parseLabelSelector(text));

function leaseFor(text: string, renewTime = "1"): Lease {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: leaseName("ocm", parseLabelSelector(text)),
      annotations: { "test.example/watch-label-selector": text },
    },
    spec: { holderIdentity: "pod_1", renewTime },
  };
}

/** What so many looks show, each at the Leases as they are then. */
function looks(...leases: readonly (readonly Lease[])[]): SeenLeases {
  const seen = leases.reduce<SeenLeases | undefined>((before, now) => seeLeases(before, now, owner), undefined);
  return seen ?? new Map();
}

describe("unservedAmong", () => {
  it("counts by key, the most frequent first, and leaves out what any selector matches", () => {
    const tenants = [withKey("a"), withKey("b"), {}, withKey("c"), withKey("c")];

    assert.deepEqual(unservedAmong(tenants, select(A, `${SHARD_LABEL} in (x,b)`)), [
      { key: "c", count: 2 },
      { key: undefined, count: 1 },
    ]);
    assert.deepEqual(unservedAmong(tenants, select("")), []);
  });

  it("looks at other labels, too", () => {
    const tenants = [{ ...withKey("a"), team: "blue" }, withKey("a")];

    assert.deepEqual(unservedAmong(tenants, select(`${A},team=blue`)), [{ key: "a", count: 1 }]);
  });
});

describe("describeUnserved", () => {
  it("names the keys", () => {
    const unserved = [
      { key: "b", count: 2 },
      { key: undefined, count: 1 },
    ];

    assert.equal(
      describeUnserved(unserved),
      'no process serves 3 tenants: 2 with shard key "b", 1 without a shard key',
    );
    assert.equal(describeUnserved([{ key: "b", count: 1 }]), 'no process serves 1 tenant: 1 with shard key "b"');
  });

  it("names five keys at most", () => {
    const unserved = ["a", "b", "c", "d", "e", "f", "g"].map((key) => ({ key, count: 2 }));

    assert.match(describeUnserved(unserved), /^no process serves 14 tenants: .*"e", 4 with 2 more keys$/u);
  });
});

describe("selectorOf", () => {
  it("reads the selector of a Lease that this provider has named after it", () => {
    assert.equal(selectorOf(leaseFor(A), owner)?.text, A);
    assert.equal(selectorOf(leaseFor(A), { ...owner, providerName: "other" }), undefined);
  });

  it("finds none in the Lease without selector, nor where the annotation is no selector", () => {
    const [plain, broken] = [leaseFor(A), leaseFor(A)];

    assert.equal(selectorOf({ ...plain, metadata: { name: "sp-ocm" } }, owner), undefined);
    const annotations = { "test.example/watch-label-selector": "a b" };
    assert.equal(selectorOf({ ...broken, metadata: { ...broken.metadata, annotations } }, owner), undefined);
  });
});

describe("the judgement after some looks at the Leases", () => {
  const tenants = [withKey("a"), {}];
  const judge = (...leases: readonly (readonly Lease[])[]) => judgeUnserved(tenants, selectorsIn(looks(...leases)));

  it("is that nobody serves a key without a Lease, at once", () => {
    assert.deepEqual(judgeUnserved(tenants, { ...selectorsIn(looks([])), served: select(MAIN) }), [
      { key: "a", count: 1 },
    ]);
  });

  it("is open at the first look at a Lease that matters, and clear when the Lease was renewed", () => {
    assert.equal(judge([leaseFor(MAIN), leaseFor(A)]), undefined);
    assert.deepEqual(judge([leaseFor(MAIN), leaseFor(A)], [leaseFor(MAIN, "2"), leaseFor(A, "2")]), []);
  });

  it("is clear at once for a Lease that comes between two looks", () => {
    assert.deepEqual(judge([leaseFor(MAIN)], [leaseFor(MAIN, "2"), leaseFor(A)]), []);
  });

  it("counts a Lease without a spec, which nobody holds, as one that nobody renews", () => {
    const { spec: _, ...empty } = leaseFor(A);
    const history = Array.from({ length: 7 }, (_look, look) => [leaseFor(MAIN, String(look)), empty]);

    assert.equal(judge(...history.slice(0, 2)), undefined);
    assert.deepEqual(judge(...history), [{ key: "a", count: 1 }]);
  });

  it("does not wait for a Lease that does not matter", () => {
    const gone = leaseFor(`${SHARD_LABEL}=gone`);

    assert.deepEqual(judge([leaseFor(MAIN), leaseFor(A), gone], [leaseFor(MAIN, "2"), leaseFor(A, "2"), gone]), []);
  });

  it("gives a Lease that nobody renews any more a minute before its tenants count as not served", () => {
    const history = Array.from({ length: 8 }, (_, look) => [
      leaseFor(MAIN, String(look)),
      leaseFor(A, look === 0 ? "1" : "2"),
    ]);

    assert.deepEqual(judge(...history.slice(0, 7)), []);
    assert.deepEqual(judge(...history), [{ key: "a", count: 1 }]);
  });

  it("counts a tenant as served again as soon as the Lease is renewed", () => {
    const unheld = Array.from({ length: 9 }, (_, look) => [leaseFor(MAIN, String(look)), leaseFor(A)]);

    assert.deepEqual(judge(...unheld), [{ key: "a", count: 1 }]);
    assert.deepEqual(judge(...unheld, [leaseFor(MAIN, "9"), leaseFor(A, "2")]), []);
  });
});

function start(listLeases: () => Promise<readonly Lease[]>) {
  const clock = new FakeClock();
  const world: { tenants: readonly Labels[]; changes: number; counts: number } = {
    tenants: [],
    changes: 0,
    counts: 0,
  };
  const unserved = new UnservedTenants({
    ...owner,
    own: parseLabelSelector(MAIN),
    listLeases,
    tenants: () => {
      world.counts += 1;
      return world.tenants;
    },
    onChange: () => (world.changes += 1),
    clock,
    log: createLogger({ level: "silent", pretty: false }),
  });
  const stop = new AbortController();
  const ended = unserved.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  return { clock, world, unserved, end };
}

describe("UnservedTenants", () => {
  it("knows its own tenants as served, and tells of others once", async () => {
    const { clock, world, unserved, end } = start(() => Promise.resolve([]));
    await clock.advance(0);
    assert.deepEqual([unserved.found, world.changes], [[], 1]);

    world.tenants = [{}, withKey("a")];
    unserved.changed();
    await clock.advance(30_000);
    await end();

    assert.deepEqual([unserved.found, world.changes], [[{ key: "a", count: 1 }], 2]);
  });

  it("counts no tenant anew while nothing has changed", async () => {
    const { clock, world, end } = start(() => Promise.resolve([]));

    await clock.advance(300_000);
    await end();

    assert.equal(world.counts, 1);
  });

  it("goes on with what it knows while the Leases cannot be listed", async () => {
    let isForbidden = false;
    const { clock, world, unserved, end } = start(() =>
      isForbidden ? Promise.reject(new Error("forbidden")) : Promise.resolve([]),
    );
    world.tenants = [withKey("a")];
    await clock.advance(0);
    isForbidden = true;
    await clock.advance(300_000);
    assert.deepEqual(unserved.found, [{ key: "a", count: 1 }]);

    isForbidden = false;
    world.tenants = [];
    unserved.changed();
    await clock.advance(10_000);
    await end();

    assert.deepEqual(unserved.found, []);
  });
});
