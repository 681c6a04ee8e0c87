import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FakeClock } from "../../test/support/fake-clock.ts";
import type { Event } from "../kube/core.ts";
import { ForbiddenError, NotFoundError } from "../kube/errors.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import { type EventClient, type EventContent, EventRecorder, TokenBuckets } from "./events.ts";
import { createLogger } from "./log.ts";

const failed: EventContent = { type: "Warning", reason: "InstallFailed", message: "cannot pull the chart" };

function thing(metadata: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "a", namespace: "ns", uid: "uid", ...metadata },
  };
}

type Setup = {
  readonly clock: FakeClock;
  readonly recorder: EventRecorder;
  readonly client: EventClient;
  readonly created: Event[];
  readonly patched: { readonly ref: ObjectRef; readonly patch: unknown }[];
  /** Errors of the next calls. */
  readonly failures: Error[];
  /** Why Events were dropped. */
  readonly dropped: string[];
};

function setup(): Setup {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const created: Event[] = [];
  const patched: Setup["patched"] = [];
  const failures: Error[] = [];
  const fail = async (): Promise<void> => {
    const error = failures.shift();
    if (error !== undefined) {
      throw error;
    }
  };
  const client: EventClient = {
    create: async (_resource, event) => {
      await fail();
      created.push(event);
      return event;
    },
    mergePatch: async (_resource, { name }, patch) => {
      patched.push({ ref: { name }, patch });
      await fail();
      return created[0] ?? assert.fail("nothing was created");
    },
  };
  const dropped: string[] = [];
  const recorder = new EventRecorder({
    component: "provider",
    instance: "pod",
    clock,
    log: createLogger({ level: "silent", pretty: false }),
    signal: new AbortController().signal,
    onDrop: (cause) => dropped.push(cause),
  });
  return { clock, recorder, client, created, patched, failures, dropped };
}

describe("EventRecorder", () => {
  it("tells of each Event that nobody will see", async () => {
    const { recorder, client, created, failures, dropped } = setup();
    failures.push(new Error("refused"));

    recorder.record(client, thing(), failed);
    await recorder.flush();
    // Four are on their way, and ten thousand wait.
    for (let index = 0; index < 10_005; index += 1) {
      recorder.record(client, { ...thing(), kind: `Kind${index}` }, failed);
    }
    await recorder.flush();

    assert.deepEqual(dropped, ["error", "backlog"]);
    assert.equal(created.length, 10_004);
  });

  it("drops what is only repeated before anything that is news", async () => {
    const { recorder, client, created, dropped, patched } = setup();
    const known = thing({ uid: "known" });
    recorder.record(client, known, failed);
    await recorder.flush();

    for (let index = 0; index < 504; index += 1) {
      recorder.record(client, { ...thing(), kind: `Kind${index}` }, failed);
    }
    const droppedNews = dropped.length;
    recorder.record(client, known, failed);
    recorder.record(client, known, { ...failed, reason: "Other" });
    await recorder.flush();

    assert.equal(droppedNews, 0);
    assert.deepEqual(dropped, ["backlog"]);
    assert.deepEqual(patched, []);
    assert.ok(created.some(({ reason }) => reason === "Other"));
  });

  it("writes the Events of one object in their order, however many objects there are", async () => {
    const { recorder, client, created } = setup();
    const reasons = ["First", "Second", "Third"];

    for (const reason of reasons) {
      for (let index = 0; index < 50; index += 1) {
        recorder.record(client, thing({ uid: `uid-${index}` }), { ...failed, reason });
      }
    }
    await recorder.flush();

    for (let index = 0; index < 50; index += 1) {
      const own = created.filter(({ involvedObject }) => involvedObject.uid === `uid-${index}`);
      assert.deepEqual(
        own.map(({ reason }) => reason),
        reasons,
      );
    }
  });

  it("writes what kubectl describe shows, beside the object", async () => {
    const { recorder, client, created } = setup();

    recorder.record(client, thing(), { ...failed, action: "Install" });
    await recorder.flush();

    assert.equal(created.length, 1);
    const { metadata, ...event } = created[0] ?? assert.fail();
    assert.equal(metadata.namespace, "ns");
    assert.match(metadata.name, /^a\.[0-9a-f]+$/u);
    assert.deepEqual(event, {
      apiVersion: "v1",
      kind: "Event",
      involvedObject: { apiVersion: "example.com/v1", kind: "Thing", name: "a", namespace: "ns", uid: "uid" },
      type: "Warning",
      reason: "InstallFailed",
      message: "cannot pull the chart",
      action: "Install",
      count: 1,
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
      source: { component: "provider" },
      reportingComponent: "provider",
      reportingInstance: "pod",
    });
  });

  it("counts a repeated event instead of writing it again", async () => {
    const { clock, recorder, client, created, patched } = setup();
    recorder.record(client, thing(), failed);
    await recorder.flush();

    await clock.advance(5000);
    recorder.record(client, thing({ resourceVersion: "2" }), failed);
    await recorder.flush();

    const { name } = created[0]?.metadata ?? assert.fail();
    assert.equal(created.length, 1);
    assert.deepEqual(patched, [{ ref: { name }, patch: { count: 2, lastTimestamp: "2026-01-01T00:00:05Z" } }]);
  });

  it("sends one request for what happened many times before it could be sent", async () => {
    const { recorder, client, created, patched } = setup();

    for (let count = 0; count < 10; count += 1) {
      recorder.record(client, thing(), failed);
    }
    await recorder.flush();

    assert.equal(created.length, 1);
    assert.ok(patched.length <= 1);
  });

  it("writes a repeated event anew when the server has forgotten it", async () => {
    const { recorder, client, created, failures } = setup();
    recorder.record(client, thing(), failed);
    await recorder.flush();

    failures.push(new NotFoundError("expired"));
    recorder.record(client, thing(), failed);
    await recorder.flush();

    assert.deepEqual(
      created.map(({ count }) => count),
      [1, 2],
    );
  });

  it("puts events of cluster-scoped objects where they are looked for", async () => {
    const { recorder, client, created } = setup();

    recorder.record(client, { apiVersion: "v1", kind: "Node", metadata: { name: "n" } }, failed);
    await recorder.flush();

    assert.equal(created[0]?.metadata.namespace, "default");
    assert.equal(created[0].involvedObject.namespace, undefined);
  });

  it("limits one object without limiting the others", async () => {
    const { clock, recorder, client, created } = setup();
    for (let count = 0; count < 100; count += 1) {
      recorder.record(client, thing(), { ...failed, message: `attempt ${count}` });
    }
    recorder.record(client, thing({ name: "b", uid: "other" }), failed);
    await recorder.flush();
    const atFirst = created.length;

    await clock.advance(300_000);
    recorder.record(client, thing(), { ...failed, message: "later" });
    recorder.record(client, thing(), { ...failed, message: "even later" });
    await recorder.flush();

    assert.equal(atFirst, 26);
    assert.equal(created.length, 27);
  });

  it("goes on after a failure", async () => {
    const { recorder, client, created, failures } = setup();
    failures.push(new ForbiddenError("no"));

    recorder.record(client, thing(), failed);
    recorder.record(client, thing(), { ...failed, reason: "Other" });
    await recorder.flush();

    assert.deepEqual(
      created.map(({ reason }) => reason),
      ["Other"],
    );
  });

  it("cuts messages to what the API takes, between characters", async () => {
    const { recorder, client, created } = setup();

    recorder.record(client, thing(), { ...failed, message: "ä€😀".repeat(500) });
    await recorder.flush();

    const message = created[0]?.message ?? "";
    const bytes = new TextEncoder().encode(message).length;
    assert.ok(bytes <= 1024 && bytes > 1015);
    assert.match(message, /^(ä€😀)+(ä|ä€)? … \(\d+ bytes left out\)$/u);
  });

  it("makes a valid name for an object with the longest name", async () => {
    const { recorder, client, created } = setup();

    recorder.record(client, thing({ name: `${"a".repeat(199)}.${"b".repeat(53)}` }), failed);
    await recorder.flush();

    assert.match(created[0]?.metadata.name ?? "", /^a{199}\.[0-9a-f]+$/u);
  });
});

describe("TokenBuckets", () => {
  it("gives a burst at once, then one token each period, for each key by itself", async () => {
    const clock = new FakeClock();
    const buckets = new TokenBuckets({ clock, burst: 2, refillMs: 1000 });

    const atOnce = [buckets.take("a"), buckets.take("a"), buckets.take("a"), buckets.take("b")];
    await clock.advance(1000);
    const later = [buckets.take("a"), buckets.take("a")];

    assert.deepEqual(atOnce, [true, true, false, true]);
    assert.deepEqual(later, [true, false]);
  });

  it("never gives more than the burst and what was refilled", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3000 }), { maxLength: 50 }), (pauses) => {
        let nowMs = 0;
        const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
        const buckets = new TokenBuckets({ clock, burst: 3, refillMs: 1000 });
        let taken = 0;

        for (const pauseMs of pauses) {
          nowMs += pauseMs;
          taken += buckets.take("a") ? 1 : 0;

          assert.ok(taken <= 3 + nowMs / 1000);
        }
      }),
    );
  });
});
