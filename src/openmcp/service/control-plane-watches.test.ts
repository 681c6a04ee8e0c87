import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { FakeClock } from "../../../test/support/fake-clock.ts";
import type { KubeClient } from "../../kube/client.ts";
import { createLogger } from "../../runtime/log.ts";
import { ControlPlaneWatches } from "./control-plane-watches.ts";

const KEY = "workspace/mcp-01";
const secret = { namespace: "mcp--1", name: "kubeconfig" };

describe("ControlPlaneWatches", () => {
  let clock: FakeClock;
  let listed: string[];
  let told: string[];
  let watches: ControlPlaneWatches;
  beforeEach(() => {
    clock = new FakeClock();
    listed = [];
    told = [];
    const client = emptyCluster(clock, listed);
    watches = new ControlPlaneWatches({
      clusters: { use: (_secret, work) => work(client) },
      resources: [
        { group: "test.example", version: "v1", kind: "Repository", plural: "repositories", namespaced: true },
        { group: "test.example", version: "v1", kind: "Component", plural: "components", namespaced: true },
      ],
      clock,
      random: () => 1,
      log: createLogger({ level: "silent", pretty: false }),
      onChange: (key) => told.push(key),
    });
  });
  afterEach(() => watches.close());

  it("tells of objects that went before the watch began", async () => {
    watches.follow(KEY, secret, ["Repository"]);
    await clock.advance(0);

    assert.deepEqual(told, [KEY]);
  });

  it("watches a kind that is found later as well, and none twice", async () => {
    watches.follow(KEY, secret, ["Repository"]);
    watches.follow(KEY, secret, ["Repository", "Component"]);
    watches.follow(KEY, secret, ["Component"]);
    await clock.advance(0);

    assert.deepEqual(listed, ["repositories", "components"]);
  });

  it("begins anew where access was granted anew, with another kubeconfig", async () => {
    watches.follow(KEY, secret, ["Repository"]);
    await clock.advance(0);
    watches.follow(KEY, { ...secret, name: "another" }, ["Repository"]);
    await clock.advance(0);

    assert.deepEqual(listed, ["repositories", "repositories"]);
    assert.equal(clock.sleeping, 1, "one watch is open");
  });

  it("holds nothing for objects that are gone, however many they were", async () => {
    const keys = Array.from({ length: 1000 }, (_, number) => `workspace/mcp-${number}`);
    keys.forEach((key) => watches.follow(key, { namespace: key, name: "kubeconfig" }, ["Repository"]));
    await clock.advance(0);
    const open = clock.sleeping;

    keys.forEach((key) => watches.stop(key));
    await clock.advance(0);

    assert.equal(open, 1000);
    assert.equal(clock.sleeping, 0);
  });
});

/** A cluster without objects, on which watches last. */
function emptyCluster(clock: FakeClock, listed: string[]): KubeClient {
  const client: Pick<KubeClient, "list" | "watch"> = {
    list: ({ plural }) => {
      listed.push(plural);
      return Promise.resolve({ items: [], resourceVersion: "1" });
    },
    // oxlint-disable-next-line require-yield -- nothing ever happens
    async *watch(_resource, { signal }) {
      await clock.sleep(1_000_000_000, signal);
    },
  };
  return client as KubeClient;
}
