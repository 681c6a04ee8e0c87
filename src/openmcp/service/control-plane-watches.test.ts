import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { FakeClock } from "../../../test/support/fake-clock.ts";
import type { KubeClient, RawWatchEvent } from "../../kube/client.ts";
import { NotFoundError } from "../../kube/errors.ts";
import type { ObjectRef } from "../../kube/object.ts";
import { createLogger } from "../../runtime/log.ts";
import { ControlPlaneWatches, type ObjectsOfKind } from "./control-plane-watches.ts";

const GROUP = "test.example";
const CRDS = "customresourcedefinitions";
const KEY = "workspace/mcp-01";
const secret = { namespace: "mcp--1", name: "kubeconfig" };
const repository = kindOf("Repository");
const component = kindOf("Component");

function kindOf(kind: string, count = 1): ObjectsOfKind {
  const resource = { group: GROUP, version: "v1", kind, plural: `${kind.toLowerCase()}s`, namespaced: true };
  return { resource, count, named: [], resourceVersion: "7" };
}

/** A cluster on which watches last until the test says something. */
class Cluster {
  readonly watched: string[] = [];
  readonly listed: string[] = [];
  readonly unserved = new Set<string>();
  readonly #streams = new Map<string, (event: RawWatchEvent | undefined) => void>();
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** Sends an event of an object of this name. */
  say(plural: string, type: "ADDED" | "MODIFIED" | "DELETED", name: string = "x"): void {
    const object = { apiVersion: `${GROUP}/v1`, kind: "Any", metadata: { name, resourceVersion: "9" } };
    this.#streams.get(plural)?.({ type, object });
  }

  /** Ends a watch, and serves the kind no more. */
  unserve(plural: string): void {
    this.unserved.add(plural);
    this.#streams.get(plural)?.(undefined);
  }

  client(): KubeClient {
    const client: Pick<KubeClient, "listMetadata" | "watchMetadata"> = {
      listMetadata: ({ plural }) => {
        this.listed.push(plural);
        return Promise.resolve({ items: [], remaining: 0, resourceVersion: "3" });
      },
      watchMetadata: ({ plural }, options) => this.#watch(plural, options),
    };
    return client as KubeClient;
  }

  async *#watch(
    plural: string,
    { resourceVersion, signal, onOpen }: Parameters<KubeClient["watchMetadata"]>[1],
  ): AsyncGenerator<RawWatchEvent> {
    if (this.unserved.has(plural)) {
      throw new NotFoundError("404 page not found");
    }
    onOpen?.();
    this.watched.push(`${plural} from ${resourceVersion}`);
    while (!signal.aborted) {
      const said = Promise.withResolvers<RawWatchEvent | undefined>();
      this.#streams.set(plural, said.resolve);
      const event = await Promise.race([said.promise, this.#clock.sleep(1_000_000_000, signal)]);
      if (event === undefined) {
        return;
      }
      yield event;
    }
  }
}

const secretOf = (number: number): ObjectRef => ({ namespace: `mcp--${number}`, name: "kubeconfig" });
const isRepository = (text: string): boolean => text.startsWith("repositorys");

describe("ControlPlaneWatches", () => {
  let clock: FakeClock;
  let cluster: Cluster;
  let told: string[];
  let watches: ControlPlaneWatches;
  beforeEach(() => {
    clock = new FakeClock();
    cluster = new Cluster(clock);
    told = [];
    watches = new ControlPlaneWatches({
      clusters: { use: (_secret, work) => work(cluster.client()) },
      group: GROUP,
      clock,
      random: () => 1,
      log: createLogger({ level: "silent", pretty: false }),
      onChange: (key) => told.push(key),
    });
  });
  afterEach(() => watches.close());

  /** Follows the kinds until the first news, which is that the watch of the CustomResourceDefinitions runs. */
  async function follow(...found: readonly ObjectsOfKind[]): Promise<void> {
    watches.follow(KEY, secret, found);
    await clock.advance(2_000);
    told.length = 0;
  }

  it("watches so many control planes at most, and the next one when a place is free", async () => {
    for (let number = 0; number < 1500; number += 1) {
      watches.follow(`workspace/mcp-${number}`, secretOf(number), [repository]);
    }
    await clock.advance(0);
    const atOnce = cluster.watched.filter(isRepository).length;

    watches.stop("workspace/mcp-7");
    watches.follow("workspace/mcp-1400", secretOf(1400), [repository]);
    await clock.advance(0);

    assert.deepEqual([atOnce, cluster.watched.filter(isRepository).length], [1000, 1001]);
  });

  it("watches every kind that was found from where it was found, and the kinds themselves", async () => {
    watches.follow(KEY, secret, [repository, kindOf("Component", 0)]);
    await clock.advance(0);

    assert.deepEqual(cluster.watched.toSorted(), ["components from 7", `${CRDS} from 3`, "repositorys from 7"]);
    assert.deepEqual(cluster.listed, [CRDS]);
  });

  it("watches nothing, and ends its watches, where no kind has objects", async () => {
    watches.follow(KEY, secret, [kindOf("Repository", 0)]);
    await clock.advance(0);
    assert.deepEqual(cluster.watched, []);

    await follow(repository);
    watches.follow(KEY, secret, [kindOf("Repository", 0)]);
    await clock.advance(0);
    assert.equal(clock.sleeping, 0);
  });

  it("watches a kind that is found later as well, and none twice", async () => {
    watches.follow(KEY, secret, [repository]);
    watches.follow(KEY, secret, [repository, component]);
    watches.follow(KEY, secret, [component]);
    await clock.advance(0);

    assert.deepEqual(cluster.watched.toSorted(), ["components from 7", `${CRDS} from 3`, "repositorys from 7"]);
  });

  it("tells of kinds that came or went before their watch began", async () => {
    watches.follow(KEY, secret, [repository]);
    await clock.advance(2_000);

    assert.deepEqual(told, [KEY]);
  });

  for (const [type, count] of [
    ["ADDED", 1],
    ["DELETED", 1],
    ["MODIFIED", 0],
  ] as const) {
    it(`tells ${count === 1 ? "of an object that is" : "nothing of an object that is"} ${type}`, async () => {
      await follow(repository);

      cluster.say("repositorys", type);
      await clock.advance(2_000);

      assert.equal(told.length, count);
    });
  }

  it("tells of a thousand objects that go at once only once", async () => {
    await follow(repository);

    for (let number = 0; number < 1000; number += 1) {
      cluster.say("repositorys", "DELETED");
      await clock.advance(0);
    }
    await clock.advance(2_000);

    assert.deepEqual(told, [KEY]);
  });

  it("tells of a kind of the group that comes, is established or goes, and of no other", async () => {
    await follow(repository);

    cluster.say(CRDS, "ADDED", "things.other.example");
    await clock.advance(2_000);
    assert.equal(told.length, 0);

    for (const type of ["ADDED", "MODIFIED", "DELETED"] as const) {
      cluster.say(CRDS, type, `things.${GROUP}`);
      await clock.advance(2_000);
    }
    assert.equal(told.length, 3);
  });

  it("lets go of a kind that is served no more, and takes it up when it is found again", async () => {
    await follow(repository, component);
    const open = clock.sleeping;

    cluster.unserve("components");
    await clock.advance(2_000);
    assert.deepEqual(told, [KEY]);
    await clock.advance(3_600_000);
    assert.equal(clock.sleeping, open - 1);
    assert.deepEqual(told, [KEY], "nothing more is to be told");

    cluster.unserved.clear();
    watches.follow(KEY, secret, [repository, component]);
    await clock.advance(0);
    assert.equal(clock.sleeping, open);
  });

  it("leaves a kind that is listed and cannot be watched to the poll, until the kinds change", async () => {
    cluster.unserved.add("repositorys");
    await follow(repository);
    watches.follow(KEY, secret, [repository]);
    await clock.advance(600_000);
    assert.deepEqual(told, []);

    cluster.unserved.clear();
    cluster.say(CRDS, "ADDED", `repositorys.${GROUP}`);
    await clock.advance(2_000);
    assert.deepEqual(told, [KEY]);
    watches.follow(KEY, secret, [repository]);
    await clock.advance(0);
    assert.ok(cluster.watched.includes("repositorys from 7"));
  });

  it("opens no more watches than a toolkit needs on a control plane with hundreds of kinds", async () => {
    const kinds = Array.from({ length: 200 }, (_, number) => kindOf(`Kind${number}`, number === 199 ? 1 : 0));

    watches.follow(KEY, secret, kinds);
    await clock.advance(0);

    assert.equal(cluster.watched.length, 31);
    assert.ok(cluster.watched.includes("kind199s from 7"), "the kind that has objects is watched");
  });

  it("begins anew where access was granted anew, with another kubeconfig", async () => {
    await follow(repository);
    const open = clock.sleeping;
    watches.follow(KEY, { ...secret, name: "another" }, [repository]);
    await clock.advance(2_000);

    assert.equal(cluster.watched.length, 4);
    assert.equal(clock.sleeping, open);
  });

  it("holds nothing for objects that are gone, however many they were", async () => {
    const keys = Array.from({ length: 1000 }, (_, number) => `workspace/mcp-${number}`);
    keys.forEach((key) => watches.follow(key, { namespace: key, name: "kubeconfig" }, [repository]));
    await clock.advance(2_000);
    const open = clock.sleeping;

    keys.forEach((key) => watches.stop(key));
    await clock.advance(0);

    assert.equal(open, 2000);
    assert.equal(clock.sleeping, 0);
  });
});
