import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../test/support/fake-clock.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import type { ListWatch } from "./informer.ts";
import { createLogger } from "./log.ts";
import { NamedInformers } from "./named-informers.ts";

const things: Resource = { group: "", version: "v1", kind: "Thing", plural: "things", namespaced: true };

/** A server on which an object of each name exists; notes what is listed. */
function server(clock: FakeClock): { readonly client: ListWatch<KubeObject>; readonly asked: string[] } {
  const asked: string[] = [];
  const client: ListWatch<KubeObject> = {
    list: (_resource, { namespace = "", fieldSelector = "" }) => {
      asked.push(`${namespace} ${fieldSelector}`);
      const metadata = { namespace, name: fieldSelector.replace("metadata.name=", ""), resourceVersion: "1" };
      return Promise.resolve({ items: [{ apiVersion: "v1", kind: "Thing", metadata }], resourceVersion: "1" });
    },
    // oxlint-disable-next-line require-yield -- a watch on which nothing happens
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
    await informers.synced(new AbortController().signal);
    informers.follow(new Set(["b", "c"]));
    await clock.advance(0);

    assert.deepEqual(asked, ["ns metadata.name=a", "ns metadata.name=b", "ns metadata.name=c"]);
    assert.deepEqual(changed, ["a", "b", "c"]);
    assert.equal(informers.get("a"), undefined);
    assert.equal(informers.get("b")?.metadata.name, "b");
    informers.close();
    await clock.advance(0);
    assert.equal(clock.sleeping, 0);
  });

  it("do not wait for a name that is not followed any more", async () => {
    const clock = new FakeClock();
    const { client } = server(clock);
    const log = createLogger({ level: "silent", pretty: false });
    const silent = new Set(["metadata.name=a"]);
    const informers = new NamedInformers({
      client: {
        ...client,
        list: (resource, options) =>
          silent.has(options.fieldSelector ?? "") ? new Promise(() => undefined) : client.list(resource, options),
      },
      resource: things,
      namespace: "ns",
      clock,
      random: () => 0,
      log,
      onChange: () => undefined,
    });

    informers.follow(new Set(["a"]));
    const synced = informers.synced(new AbortController().signal);
    informers.follow(new Set(["b"]));
    await synced;

    assert.equal(informers.get("b")?.metadata.name, "b");
    informers.close();
  });
});
