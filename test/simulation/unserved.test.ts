import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SHARD_LABEL } from "../../src/openmcp/service/shards.ts";
import { configRef, ocmRef, ref } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const SEEN_MS = 15_000;
const keyed = (key: string | null): object => ({ metadata: { labels: { [SHARD_LABEL]: key } } });

/** How a tenant gets a key that no process serves, and how it loses that key again. */
type Move = (world: SimulatedWorld, key: string | null) => Promise<unknown>;

const moves: Readonly<Record<string, Move>> = {
  "of the object": ({ simulation }, key) => simulation.onboarding.client.patchMerge(ocmRef(plane), keyed(key)),
  "of the namespace": ({ simulation }, key) =>
    simulation.onboarding.client.patchMerge(ref("namespace", plane.namespace), keyed(key)),
  "of the ProviderConfig": ({ simulation }, key) =>
    simulation.platform.client.patchMerge(configRef(), { spec: { shards: key === null ? null : [key] } }),
};

describe("a key that no process serves", () => {
  for (const [whose, move] of Object.entries(moves)) {
    it(`is told of within seconds when it is that ${whose}, and no longer once it is gone`, async () => {
      const world = await SimulatedWorld.start(1, undefined, { listLeases: () => Promise.resolve([]) });
      const { clock, simulation } = world;
      const [version = ""] = simulation.charts.versions;
      const told = async (): Promise<string | undefined> =>
        conditionOf(await simulation.platform.client.get<ServiceObj>(configRef()), "Served")?.message;
      world.startProvider({ selector: `!${SHARD_LABEL}` });
      await clock.runUntil(simulation.orderControlPlane(plane));
      await simulation.onboarding.client.create(ocm(plane, version));
      await world.untilOcm(plane, isInstalled(version));
      await clock.advance(SEEN_MS);
      const before = await told();

      await move(world, "nobodys");
      await clock.advance(SEEN_MS);
      const meanwhile = await told();
      await move(world, null);
      await clock.advance(SEEN_MS);

      assert.deepEqual([before, await told()], [undefined, undefined]);
      assert.match(meanwhile ?? "", /^no process serves 1 tenant: 1 with shard key "nobodys"; /u);
      await world.stop();
    });
  }
});
