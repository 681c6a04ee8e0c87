import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { WatchEvent } from "./body.ts";
import type { ContractClient } from "./contract-client.ts";
import type { Topic } from "./topic.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";
import { readEvents } from "./wait.ts";

const path = configMaps("watches");

function summary(events: readonly WatchEvent[]): string[] {
  return events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ""}`);
}

async function versionOf(client: ContractClient, collection: string): Promise<string> {
  return (await client.get(collection)).body.metadata?.resourceVersion ?? "";
}

export const watches: Topic = (client) => {
  describe("watches", () => {
    before(() => createNamespace(client(), "watches"));

    it("tell what happened since a resource version, in order", async () => {
      const from = await versionOf(client(), path);
      await client().post(path, configMap("order", { v: "1" }));
      await client().merge(`${path}/order`, { data: { v: "2" } });
      await client().merge(`${path}/order`, { data: { v: "2" } });
      await client().delete(`${path}/order`);

      const events = await readEvents(client(), `${path}?watch=true&resourceVersion=${from}`, 3);

      assert.deepEqual(summary(events), ["ADDED order", "MODIFIED order", "DELETED order"]);
      assert.deepEqual(
        events.map(({ object }) => object["data"]),
        [{ v: "1" }, { v: "2" }, { v: "2" }],
      );
      assert.equal(events[0]?.object.kind, "ConfigMap");
      const versions = events.map(({ object }) => Number(object.metadata?.resourceVersion));
      assert.deepEqual(
        versions,
        versions.toSorted((left, right) => left - right),
      );
      assert.equal(new Set(versions).size, 3);
    });

    it("show only metadata on request, from where a list of the first has begun", async () => {
      await createNamespace(client(), "watches-bare");
      const collection = things("watches-bare");
      await client().post(collection, thing("first"));
      await client().post(collection, thing("second"));
      const from = await versionOf(client(), `${collection}?limit=1`);
      await client().merge(`${collection}/second`, { spec: { size: 4 } });
      await client().delete(`${collection}/first`);

      const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
      const events: WatchEvent[] = [];
      for await (const event of client().watch(`${collection}?watch=true&resourceVersion=${from}`, accept)) {
        events.push(event);
        if (events.length === 2) {
          break;
        }
      }

      assert.deepEqual(summary(events), ["MODIFIED second", "DELETED first"]);
      assert.deepEqual(
        events.map(({ object }) => [object.kind, object.apiVersion, object.spec]),
        events.map(() => ["PartialObjectMetadata", "meta.k8s.io/v1", undefined]),
      );
    });

    it("begin with what is there when no version is given", async () => {
      await client().post(path, configMap("there", {}, { labels: { there: "yes" } }));

      const events = await readEvents(client(), `${path}?watch=true&labelSelector=there`, 1);

      assert.deepEqual(summary(events), ["ADDED there"]);
    });

    it("show objects coming into and going out of a selection", async () => {
      const from = await versionOf(client(), path);
      await client().post(path, configMap("in-out"));
      await client().merge(`${path}/in-out`, { metadata: { labels: { shown: "yes" } } });
      await client().merge(`${path}/in-out`, { data: { v: "1" } });
      await client().merge(`${path}/in-out`, { metadata: { labels: { shown: null } } });
      await client().delete(`${path}/in-out`);
      await client().post(path, configMap("last", {}, { labels: { shown: "yes" } }));

      const query = `watch=true&labelSelector=shown%3Dyes&resourceVersion=${from}`;
      const events = await readEvents(client(), `${path}?${query}`, 4);

      assert.deepEqual(summary(events), ["ADDED in-out", "MODIFIED in-out", "DELETED in-out", "ADDED last"]);
    });

    it("show objects that change from one of the selected values to another", async () => {
      const from = await versionOf(client(), path);
      await client().post(path, configMap("moved", {}, { labels: { "example.com/owner": "one" } }));
      await client().post(path, configMap("not-selected", {}, { labels: { "example.com/owner": "three" } }));
      await client().merge(`${path}/moved`, { metadata: { labels: { "example.com/owner": "two" } } });
      await client().merge(`${path}/moved`, { metadata: { labels: { "example.com/owner": "three" } } });
      await client().merge(`${path}/not-selected`, { metadata: { labels: { "example.com/owner": "one" } } });

      const labelSelector = encodeURIComponent("example.com/owner in (one,two)");
      const query = `watch=true&labelSelector=${labelSelector}&resourceVersion=${from}`;
      const events = await readEvents(client(), `${path}?${query}`, 4);

      assert.deepEqual(summary(events), ["ADDED moved", "MODIFIED moved", "DELETED moved", "ADDED not-selected"]);
    });

    it("end after the time they were given", async () => {
      const events: WatchEvent[] = [];
      for await (const event of client().watch(
        `${path}?watch=true&timeoutSeconds=1&resourceVersion=${await versionOf(client(), path)}`,
      )) {
        events.push(event);
      }

      assert.deepEqual(events, []);
    });

    it("say where the initial state ends", async () => {
      await client().post(things("watches"), thing("initial"));
      const query = "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
      const events: WatchEvent[] = [];
      for await (const event of client().watch(`${things("watches")}?${query}`)) {
        events.push(event);
        if (event.type === "BOOKMARK") {
          break;
        }
      }

      assert.deepEqual(summary(events), ["ADDED initial", "BOOKMARK "]);
      const bookmark = events[1]?.object.metadata;
      assert.deepEqual(bookmark?.["annotations"], { "k8s.io/initial-events-end": "true" });
      assert.match(String(bookmark.resourceVersion), /^\d+$/u);
    });

    it("say nothing from a version that is not reached yet, not even where they are", async () => {
      const later = Number(await versionOf(client(), path)) + 1_000_000;
      const events: WatchEvent[] = [];
      const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=${later}`;
      const watching = (async () => {
        for await (const event of client().watch(`${path}?${query}`)) {
          events.push(event);
        }
      })();
      await client().post(path, configMap("before-later"));
      await watching;

      assert.deepEqual(events, []);
    });

    it("are refused from a version that is forgotten", async () => {
      const [event] = await readEvents(client(), `${things("watches")}?watch=true&resourceVersion=1`, 1);

      assert.equal(event?.type, "ERROR");
      assert.equal(event.object.kind, "Status");
      assert.equal(event.object.code, 410);
      assert.equal(event.object.reason, "Expired");
      assert.match(String(event.object.message), /^too old resource version: 1 \(\d+\)$/u);
    });

    it("show an object with finalizers going step by step", async () => {
      await client().post(things("watches"), thing("held", {}, { finalizers: ["contract.example.org/hold"] }));
      const from = await versionOf(client(), things("watches"));
      await client().delete(`${things("watches")}/held`);
      await client().merge(`${things("watches")}/held`, { metadata: { finalizers: [] } });

      const events = await readEvents(client(), `${things("watches")}?watch=true&resourceVersion=${from}`, 2);

      assert.deepEqual(summary(events), ["MODIFIED held", "DELETED held"]);
      assert.notEqual(events[0]?.object.metadata?.deletionTimestamp, undefined);
    });
  });
};
