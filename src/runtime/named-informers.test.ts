import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../test/support/fake-clock.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import type { ListWatch } from "./informer.ts";
import { createLogger } from "./log.ts";
import { NamedInformers } from "./named-informers.ts";

const things: Resource = { group: "", version: "v1", kind: "Thing", plural: "things", namespaced: true };

/** A server that has an object of every name, and records the names that are listed. */
function server(clock: FakeClock): { readonly client: ListWatch<KubeObject>; readonly asked: string[] } {
  const asked: string[] = [];
  const client: ListWatch<KubeObject> = {
    list: (_resource, { namespace = "", fieldSelector = "" }) => {
      asked.push(`${namespace} ${fieldSelector}`);
      const metadata = { namespace, name: fieldSelector.replace("metadata.name=", ""), resourceVersion: "1" };
      return Promise.resolve({ items: [{ apiVersion: "v1", kind: "Thing", metadata }], resourceVersion: "1" });
    },
    // oxlint-disable-next-line require-yield -- a watch without events
    async *watch(_resource, { signal }) {
      await clock.sleep(1_000_000_000, signal);
    },
  };
  return { client, asked };
}

describe("NamedInformers", () => {
  it("follow each name by itself, and tell which one changed", async () => {
    const clock = new FakeClock();
    const { client, asked } = server(clock);
    const changed: string[] = [];
    const log = createLogger({ level: "silent", pretty: false });
    const informers = new NamedInformers({
      client,
      resource: things,
      namespace: "ns",
      clock,
      random: () => 0,
      log,
      onChange: (name) => changed.push(name),
    });

    informers.follow(new Set(["a", "b"]));
    await clock.advance(0);
    informers.follow(new Set(["b", "c"]));
    await clock.advance(0);

    assert.deepEqual(asked, ["ns metadata.name=a", "ns metadata.name=b", "ns metadata.name=c"]);
    assert.deepEqual([...new Set(changed)], ["a", "b", "c"]);
    assert.deepEqual(informers.look("a"), { state: "unknown" });
    const known = informers.look("b");
    assert.equal(known.state === "present" && known.object.metadata.name, "b");
    informers.close();
    await clock.advance(0);
    assert.equal(clock.sleeping, 0);
  });

  for (const [how, list, settledMs] of [
    ["is answered with nothing", () => Promise.resolve({ items: [], resourceVersion: "1" }), 0],
    ["fails", () => Promise.reject(new Error("no")), 0],
    ["is never answered", () => new Promise<never>(() => undefined), 10_000],
  ] as const) {
    it(`settle and tell so when the first list ${how}`, async () => {
      const clock = new FakeClock();
      const changes: boolean[] = [];
      const log = createLogger({ level: "silent", pretty: false });
      const informers: NamedInformers<KubeObject> = new NamedInformers({
        client: { ...server(clock).client, list },
        resource: things,
        namespace: "ns",
        clock,
        random: () => 0,
        log,
        onChange: () => void changes.push(informers.isSettled()),
      });

      informers.follow(new Set(["a"]));
      const before = informers.isSettled();
      await clock.advance(settledMs);

      assert.equal(before, false);
      assert.equal(informers.isSettled(), true);
      assert.equal(changes[0], true);
      assert.deepEqual(informers.look("a"), { state: settledMs === 0 && how !== "fails" ? "absent" : "unknown" });
      assert.equal(informers.failure("a") === undefined, how !== "fails");
      informers.close();
    });
  }

  it("have settled once a name that is never answered is not followed any more", () => {
    const clock = new FakeClock();
    const log = createLogger({ level: "silent", pretty: false });
    const informers = new NamedInformers({
      client: { ...server(clock).client, list: () => new Promise(() => undefined) },
      resource: things,
      namespace: "ns",
      clock,
      random: () => 0,
      log,
      onChange: () => undefined,
    });

    informers.follow(new Set(["a"]));
    informers.follow(new Set());

    assert.equal(informers.isSettled(), true);
    informers.close();
  });
});
