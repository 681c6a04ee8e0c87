import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { FakeClock } from "../../test/support/fake-clock.ts";
import type { RawWatchEvent } from "../kube/client.ts";
import { ForbiddenError, GoneError, NotFoundError, ServerError, SilentWatchError } from "../kube/errors.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { Informer, type ListWatch } from "./informer.ts";
import { createLogger } from "./log.ts";

const things: Resource = { group: "", version: "v1", kind: "Thing", plural: "things", namespaced: true };

type Event = RawWatchEvent;
/** A watch: after its events it ends normally (`close`), stays open (`hang`), or throws. */
type ScriptedWatch = { readonly events?: readonly Event[]; readonly end: "close" | "hang" | Error };
type Script = { readonly lists: (readonly KubeObject[] | Error)[]; readonly watches: ScriptedWatch[] };

function object(name: string, resourceVersion: string): KubeObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name, resourceVersion, uid: name } };
}

/** What the running job has looked at stays until it ends. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await setImmediate();
  collect();
}

/** Plays a script, and records the time of each call; all later lists are empty, and all later watches hang. */
function play(script: Script, clock: FakeClock): { readonly client: ListWatch<KubeObject>; readonly calls: string[] } {
  const calls: string[] = [];
  const start = clock.now();
  const client: ListWatch<KubeObject> = {
    list: () => {
      calls.push(`list at ${clock.now() - start}`);
      const answer = script.lists.shift() ?? [];
      return answer instanceof Error
        ? Promise.reject(answer)
        : Promise.resolve({ items: answer, resourceVersion: "list" });
    },
    async *watch(_resource, { resourceVersion, signal, onOpen }) {
      calls.push(`watch ${resourceVersion} at ${clock.now() - start}`);
      const { events = [], end } = script.watches.shift() ?? { end: "hang" };
      if (!(end instanceof Error)) {
        onOpen?.();
      }
      yield* events;
      if (end === "hang") {
        await clock.sleep(1_000_000_000, signal);
      } else if (end !== "close") {
        throw end;
      }
    },
  };
  return { client, calls };
}

async function follow(
  script: Script,
  options: { readonly forMs: number; readonly prepare?: (informer: Informer<KubeObject>) => void },
): Promise<{ readonly informer: Informer<KubeObject>; readonly calls: string[] }> {
  const clock = new FakeClock();
  const { client, calls } = play(script, clock);
  const log = createLogger({ level: "silent", pretty: false });
  const informer = new Informer({ client, resource: things, clock, random: () => 1, log });
  options.prepare?.(informer);
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  await clock.advance(options.forMs);
  stop.abort();
  await running;
  assert.equal(clock.sleeping, 0);
  return { informer, calls };
}

function names(informer: Informer<KubeObject>): string[] {
  return informer.store.list().map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion ?? ""}`);
}

const bookmark: Event = { type: "BOOKMARK", resourceVersion: "mark" };

describe("Informer", () => {
  it("fills the store from the list and keeps it up to date from the watch", async () => {
    const events: Event[] = [
      { type: "ADDED", object: object("b", "2") },
      { type: "MODIFIED", object: object("b", "3") },
      { type: "DELETED", object: object("a", "4") },
    ];

    const { informer, calls } = await follow(
      { lists: [[object("a", "1")]], watches: [{ events, end: "hang" }] },
      { forMs: 10 },
    );

    assert.deepEqual(names(informer), ["b@3"]);
    assert.deepEqual(calls, ["list at 0", "watch list at 0"]);
    assert.equal(informer.hasSynced(), true);
  });

  it("goes on where it was when the server closes the watch", async () => {
    const { calls } = await follow(
      { lists: [], watches: [{ events: [{ type: "ADDED", object: object("a", "7") }, bookmark], end: "close" }] },
      { forMs: 1000 },
    );

    assert.deepEqual(calls, ["list at 0", "watch list at 0", "watch mark at 1000"]);
  });

  it("sends no flood of requests to a proxy that closes every watch at once", async () => {
    const watches: ScriptedWatch[] = Array.from({ length: 1000 }, () => ({ end: "close" }));

    const { calls } = await follow({ lists: [], watches }, { forMs: 10_000 });

    assert.equal(calls.length, 12);
  });

  it("lists again at once when the server has forgotten its position", async () => {
    const gone = new GoneError("too old");

    const { informer, calls } = await follow(
      { lists: [[object("a", "1")], [object("b", "2")]], watches: [{ events: [bookmark], end: gone }] },
      { forMs: 0 },
    );

    assert.deepEqual(calls, ["list at 0", "watch list at 0", "list at 0", "watch list at 0"]);
    assert.deepEqual(names(informer), ["b@2"]);
  });

  it("slows down when the server forgets each position at once", async () => {
    const watches: ScriptedWatch[] = Array.from({ length: 1000 }, () => ({ end: new GoneError("too old") }));

    const { calls } = await follow({ lists: [], watches }, { forMs: 60_000 });

    const lists = calls.filter((call) => call.startsWith("list"));
    assert.deepEqual(
      lists.map((call) => call.replace("list at ", "")),
      ["0", "0", "1000", "3000", "7000", "15000", "31000"],
    );
  });

  it("repeats a failed list with growing delay until it succeeds, and starts small at the next failure", async () => {
    const down = new ServerError("down");
    const watches: ScriptedWatch[] = [{ events: [bookmark], end: down }];

    const { informer, calls } = await follow({ lists: [down, down, [object("a", "1")]], watches }, { forMs: 60_000 });

    assert.deepEqual(calls, ["list at 0", "list at 1000", "list at 3000", "watch list at 3000", "watch mark at 4000"]);
    assert.deepEqual(names(informer), ["a@1"]);
  });

  it("never waits longer than 30 s", async () => {
    const lists = Array.from({ length: 1000 }, () => new ServerError("down"));

    const { calls } = await follow({ lists, watches: [] }, { forMs: 600_000 });

    const times = calls.map((call) => Number(call.replace("list at ", "")));
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.equal(Math.max(...waits), 30_000);
  });

  it("gives up its position when the watch from there fails again and again", async () => {
    const refused = new ServerError("resource version is too large");
    const watches: ScriptedWatch[] = Array.from({ length: 3 }, () => ({ end: refused }));

    const { calls } = await follow({ lists: [], watches }, { forMs: 10_000 });

    assert.deepEqual(calls, [
      "list at 0",
      "watch list at 0",
      "watch list at 1000",
      "watch list at 3000",
      "list at 7000",
      "watch list at 7000",
    ]);
  });

  it("lists again when a watch has said nothing for too long, and takes that for no failure", async () => {
    const watches: ScriptedWatch[] = [{ end: new SilentWatchError("silent") }, { end: new SilentWatchError("silent") }];

    const { informer, calls } = await follow({ lists: [[], [], [object("a", "2")]], watches }, { forMs: 0 });

    assert.deepEqual(calls.slice(2), ["list at 0", "watch list at 0", "list at 0", "watch list at 0"]);
    assert.deepEqual(names(informer), ["a@2"]);
    assert.equal(informer.isBehind(), false);
  });

  it("tells listeners what changed while it did not watch", async () => {
    const heard: string[] = [];
    const prepare = (informer: Informer<KubeObject>): void => {
      informer.store.onChange(({ key, current }) => heard.push(`${key} ${current === undefined ? "gone" : "there"}`));
    };

    await follow(
      {
        lists: [
          [object("a", "1"), object("b", "1")],
          [object("b", "1"), object("c", "1")],
        ],
        watches: [{ end: new GoneError("too old") }],
      },
      { forMs: 0, prepare },
    );

    assert.deepEqual(heard, ["a there", "b there", "a gone", "c there"]);
  });

  it("lists again when the watch is up to date and a write has not shown up", async () => {
    const events: Event[] = [bookmark, bookmark];
    const written = object("a", "5");

    const { informer, calls } = await follow(
      { lists: [[object("a", "1")], [object("a", "6")]], watches: [{ events, end: "close" }] },
      {
        forMs: 1000,
        prepare: ({ store }) => {
          store.onChange(({ current }) => {
            if (current?.metadata.resourceVersion === "1") {
              store.written(written);
            }
          });
        },
      },
    );

    assert.deepEqual(calls, ["list at 0", "watch list at 0", "list at 1000", "watch list at 1000"]);
    assert.deepEqual(names(informer), ["a@6"]);
  });

  it("tells of its contacts with the server, and since when it has none", async () => {
    const clock = new FakeClock(1000);
    const down = new ServerError("down");
    const { client } = play({ lists: [down], watches: [] }, clock);
    const log = createLogger({ level: "silent", pretty: false });
    let contacts = 0;
    const onContact = (): void => {
      contacts += 1;
    };
    const informer = new Informer({ client, resource: things, clock, random: () => 1, log, onContact });
    const stop = new AbortController();
    const running = informer.run(stop.signal);
    const synced = informer.synced(stop.signal);

    await clock.advance(0);
    const before = { contacts, failure: informer.failure(), synced: informer.hasSynced() };
    await clock.advance(1000);
    await synced;
    stop.abort();
    await running;

    assert.deepEqual(before, { contacts: 0, failure: { error: down, sinceMs: 1000 }, synced: false });
    assert.equal(informer.failure(), undefined);
    assert.equal(contacts, 2);
  });

  it("knows since when it cannot follow, however many lists are answered meanwhile", async () => {
    const refused = new ForbiddenError("watch refused");
    const watches = Array.from({ length: 100 }, () => ({ end: refused }));

    const { informer, calls } = await follow({ lists: [], watches }, { forMs: 600_000 });

    assert.ok(calls.filter((call) => call.startsWith("list")).length > 3);
    assert.deepEqual(informer.failure(), { error: refused, sinceMs: new FakeClock().now() });
  });

  it("takes a watch that the server accepts for contact, and one that it lets hang for none", async () => {
    for (const isAccepted of [true, false]) {
      const clock = new FakeClock(1000);
      const contacts: number[] = [];
      const client: ListWatch<KubeObject> = {
        list: () => Promise.resolve({ items: [], resourceVersion: "1" }),
        // oxlint-disable-next-line require-yield -- a watch without events
        async *watch(_resource, { onOpen, signal }) {
          await clock.sleep(60_000, signal);
          if (isAccepted) {
            onOpen?.();
          }
          await clock.sleep(1_000_000_000, signal);
        },
      };
      const log = createLogger({ level: "silent", pretty: false });
      const onContact = (): void => void contacts.push(clock.now());
      const informer = new Informer({ client, resource: things, clock, random: () => 1, log, onContact });
      const stop = new AbortController();
      const running = informer.run(stop.signal);

      await clock.advance(90_000);
      stop.abort();
      await running;

      assert.deepEqual(contacts, isAccepted ? [1000, 61_000] : [1000]);
    }
  });

  it("holds no listed object while it watches, but what its projection has kept", async () => {
    const clock = new FakeClock();
    const { client } = play({ lists: [[object("a", "1")]], watches: [] }, clock);
    const listed: WeakRef<KubeObject>[] = [];
    const project = (whole: KubeObject): KubeObject => {
      listed.push(new WeakRef(whole));
      return structuredClone(whole);
    };
    const log = createLogger({ level: "silent", pretty: false });
    const informer = new Informer({ client, resource: things, clock, random: () => 1, log, project });
    const stop = new AbortController();
    const running = informer.run(stop.signal);
    await clock.advance(1000);

    await collectGarbage();

    assert.deepEqual(
      listed.map((one) => one.deref()),
      [undefined],
    );
    assert.deepEqual(informer.store.list(), [object("a", "1")]);
    stop.abort();
    await running;
  });

  it("says that a resource is not served, and lets whoever hears of that stop it", async () => {
    const clock = new FakeClock();
    const { client, calls } = play({ lists: [new NotFoundError("404 page not found")], watches: [] }, clock);
    const log = createLogger({ level: "silent", pretty: false });
    const stop = new AbortController();
    const onUnserved = (): void => stop.abort();
    const common = { client, resource: things, clock, random: () => 1, log };

    await new Informer({ ...common, isOptional: true, onUnserved }).run(stop.signal);

    assert.deepEqual(calls, ["list at 0"]);
    assert.equal(clock.sleeping, 0);
  });

  it("ends the wait for the first list when it is told to stop", async () => {
    const clock = new FakeClock();
    const { client } = play({ lists: [], watches: [] }, clock);
    const log = createLogger({ level: "silent", pretty: false });
    const informer = new Informer({ client, resource: things, clock, random: () => 1, log });
    const stop = new AbortController();
    const waiting = informer.synced(stop.signal);

    stop.abort();
    await waiting;

    assert.equal(informer.hasSynced(), false);
  });
});
