import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../test/support/fake-clock.ts";
import type { Lease } from "../kube/core.ts";
import { AlreadyExistsError, ConflictError, NotFoundError, UnreachableError } from "../kube/errors.ts";
import { type LeaderOptions, LeadershipLostError, type LeaseClient, runAsLeader } from "./leader.ts";
import { createLogger } from "./log.ts";

/** One Lease with the preconditions of a real server. */
class LeaseServer {
  lease: Lease | undefined;
  #version = 0;

  /** A client whose connection to the server can be cut. */
  client(): LeaseClient & { mode: "up" | "down" | "hangs" | "loses answers" } {
    const call = async <L>(change: () => L): Promise<L> => {
      if (client.mode === "hangs") {
        return new Promise(() => undefined);
      }
      if (client.mode === "down") {
        throw new UnreachableError("down");
      }
      const answer = change();
      if (client.mode === "loses answers") {
        throw new UnreachableError("the answer is lost");
      }
      return answer;
    };
    const client: ReturnType<LeaseServer["client"]> = {
      mode: "up",
      find: () => call(() => this.lease),
      create: (_resource, lease) =>
        call(() => {
          if (this.lease !== undefined) {
            throw new AlreadyExistsError("is there");
          }
          return this.#store(lease);
        }),
      mergePatch: (_resource, _ref, patch) =>
        call(() => {
          const { metadata, spec } = patch as Lease;
          const found = this.#found();
          if (metadata.resourceVersion !== found.metadata.resourceVersion) {
            throw new ConflictError("changed");
          }
          return this.#store({ ...found, spec: { ...found.spec, ...spec } });
        }),
    };
    return client;
  }

  forget(): void {
    this.lease = undefined;
  }

  #found(): Lease {
    if (this.lease === undefined) {
      throw new NotFoundError("no lease");
    }
    return this.lease;
  }

  #store(lease: Lease): Lease {
    this.#version += 1;
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: `v${this.#version}` } };
    return this.lease;
  }
}

type Candidate = {
  readonly client: ReturnType<LeaseServer["client"]>;
  readonly stop: AbortController;
  readonly result: Promise<"stopped" | "lost">;
  /** Events with their time in s. */
  readonly diary: string[];
};

function candidate(
  server: LeaseServer,
  clock: FakeClock,
  identity: string,
  overrides: Partial<LeaderOptions> = {},
): Candidate {
  const client = server.client();
  const stop = new AbortController();
  const diary: string[] = [];
  const start = clock.now();
  const note = (what: string): void => {
    diary.push(`${what} at ${(clock.now() - start) / 1000}`);
  };
  const result = runAsLeader({
    client,
    namespace: "ns",
    name: "lease",
    identity,
    clock,
    random: () => 0,
    log: createLogger({ level: "silent", pretty: false }),
    signal: stop.signal,
    lead: async (signal) => {
      note("leads");
      await clock.sleep(1_000_000_000, signal);
      note(signal.reason instanceof LeadershipLostError ? "loses" : "stops");
    },
    ...overrides,
  });
  return { client, stop, result, diary };
}

describe("runAsLeader", () => {
  it("takes a lease that does not exist, and keeps it", async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 1));
    const server = new LeaseServer();
    const a = candidate(server, clock, "a");

    await clock.advance(60_000);

    assert.deepEqual(a.diary, ["leads at 0"]);
    assert.deepEqual(server.lease?.spec, {
      holderIdentity: "a",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:01:00.000000Z",
      leaseTransitions: 0,
    });
    a.stop.abort();
    await a.result;
  });

  it("gives the lease up as soon as the work has ended, so that the next takes over at once", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const a = candidate(server, clock, "a", {
      lead: async (signal) => {
        await clock.sleep(1_000_000_000, signal);
        await clock.sleep(20_000);
      },
    });
    await clock.advance(500);
    const b = candidate(server, clock, "b");
    await clock.advance(10_250);

    a.stop.abort();
    await clock.advance(19_999);
    const holderWhileStopping = server.lease?.spec?.holderIdentity;
    await clock.advance(1);
    const released = { ...server.lease?.spec };
    await clock.advance(500);

    assert.equal(holderWhileStopping, "a");
    assert.equal(await a.result, "stopped");
    assert.equal(released.holderIdentity, "");
    assert.equal(released.leaseDurationSeconds, 1);
    assert.equal(b.diary.length, 1);
    assert.equal(server.lease?.spec?.holderIdentity, "b");
    assert.equal(server.lease.spec.leaseTransitions, 1);
    b.stop.abort();
    await b.result;
  });

  it("tells the work by the clock that the lease cannot be relied on, before any timer does", async () => {
    const clock = new FakeClock();
    let aheadMs = 0;
    const skewed = { now: () => clock.now() + aheadMs, sleep: clock.sleep.bind(clock) };
    let isLeading: (() => boolean) | undefined;
    const a = candidate(new LeaseServer(), clock, "a", {
      clock: skewed,
      lead: async (signal, ask) => {
        isLeading = ask;
        await clock.sleep(1_000_000_000, signal);
      },
    });
    await clock.advance(5000);
    const readings: (boolean | undefined)[] = [isLeading?.()];

    // Time passes while the process is stopped.
    aheadMs = 20_000;
    readings.push(isLeading?.());
    await clock.advance(5000);

    readings.push(isLeading?.());
    assert.deepEqual(readings, [true, false, false]);
    assert.equal(await a.result, "lost");
  });

  for (const mode of ["down", "hangs"] as const) {
    it(`stops the work before another may start when the server ${mode === "down" ? "is down" : "hangs"}`, async () => {
      const clock = new FakeClock();
      const server = new LeaseServer();
      const a = candidate(server, clock, "a");
      await clock.advance(0);
      const b = candidate(server, clock, "b");
      await clock.advance(3000);

      a.client.mode = mode;
      await clock.advance(30_000);

      assert.equal(await a.result, "lost");
      assert.deepEqual(a.diary, ["leads at 0", "loses at 12"]);
      assert.deepEqual(b.diary, ["leads at 17"]);
      b.stop.abort();
      await b.result;
    });
  }

  it("keeps the lease when only an answer was lost", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const a = candidate(server, clock, "a");
    await clock.advance(1000);

    a.client.mode = "loses answers";
    await clock.advance(2000);
    a.client.mode = "up";
    await clock.advance(60_000);

    assert.deepEqual(a.diary, ["leads at 0"]);
    a.stop.abort();
    assert.equal(await a.result, "stopped");
  });

  it("stops at once when somebody else has taken the lease", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const a = candidate(server, clock, "a");
    await clock.advance(1000);

    const { lease } = server;
    assert.ok(lease !== undefined);
    server.lease = {
      ...lease,
      metadata: { ...lease.metadata, resourceVersion: "forced" },
      spec: { ...lease.spec, holderIdentity: "z" },
    };
    await clock.advance(1000);

    assert.equal(await a.result, "lost");
    assert.deepEqual(a.diary, ["leads at 0", "loses at 2"]);
    assert.equal(server.lease.spec?.holderIdentity, "z");
  });

  it("creates the lease anew when somebody has deleted it", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const a = candidate(server, clock, "a");
    await clock.advance(1000);

    server.forget();
    await clock.advance(2000);

    assert.equal(server.lease?.spec?.holderIdentity, "a");
    a.stop.abort();
    await a.result;
    assert.deepEqual(a.diary, ["leads at 0", "stops at 3"]);
  });

  it("does not trust the clock of the holder", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const longAgo = "2001-01-01T00:00:00.000000Z";
    server.lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { namespace: "ns", name: "lease", resourceVersion: "v0" },
      spec: { holderIdentity: "z", leaseDurationSeconds: 15, acquireTime: longAgo, renewTime: longAgo },
    };

    const a = candidate(server, clock, "a");
    await clock.advance(14_999);
    const early = [...a.diary];
    await clock.advance(2000);

    assert.deepEqual(early, []);
    assert.deepEqual(a.diary, ["leads at 15"]);
    a.stop.abort();
    await a.result;
  });

  it("lets only one of many lead at any time", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    let leading = 0;
    const lead = async (signal: AbortSignal): Promise<void> => {
      leading += 1;
      assert.equal(leading, 1);
      await clock.sleep(1_000_000_000, signal);
      leading -= 1;
    };
    const candidates = ["a", "b", "c", "d"].map((identity) => candidate(server, clock, identity, { lead }));

    for (const { client, stop, result } of candidates) {
      await clock.advance(20_000);
      client.mode = "down";
      await clock.advance(20_000);
      stop.abort();
      await clock.advance(20_000);
      await result;
    }

    assert.equal(leading, 0);
  });

  it("leaves the lease to expire when the work does not stop", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const a = candidate(server, clock, "a", { lead: () => new Promise(() => undefined), stopMs: 5000 });
    await clock.advance(1000);

    a.stop.abort();
    await clock.advance(5000);

    assert.equal(await a.result, "stopped");
    assert.equal(server.lease?.spec?.holderIdentity, "a");
  });

  it("gives the lease up and throws when the work fails", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const a = candidate(server, clock, "a", { lead: () => Promise.reject(new Error("broken")) });

    await assert.rejects(a.result, /work of the leader failed/u);

    assert.equal(server.lease?.spec?.holderIdentity, "");
  });

  it("stops waiting when it is told to", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const a = candidate(server, clock, "a");
    const b = candidate(server, clock, "b");
    await clock.advance(5000);

    b.stop.abort();
    assert.equal(await b.result, "stopped");

    a.stop.abort();
    await a.result;
    assert.equal(clock.sleeping, 0);
  });
});
