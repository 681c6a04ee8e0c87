import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { refOf, type SimClient } from "../../sim/client.ts";
import { crashAt } from "../support/crash-at.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { playToolkit } from "../support/play-toolkit.ts";
import { type Intercept, isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { toolkitObjects } from "../support/toolkit-objects.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const { discovery, replication, namespacedDeployer, deployer } = toolkitObjects;
// Kinds that the oldest toolkit has not, and one without a namespace.
const objects = [discovery, replication, namespacedDeployer, deployer];
// So long that a provider which does not wait has uninstalled the toolkit meanwhile.
const HESITATION_MS = 30_000;
// Every n-th request and not each: the suite has to stay quick.
const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 9);

/** Requests of the provider between the order to remove everything and the end. */
type Removal = { readonly first: number; readonly last: number };

/** A tenant removes the OCM object, and a while later the objects that the toolkit holds. */
async function playRemoval(intercept: Intercept): Promise<Removal> {
  let sent = 0;
  const world = await SimulatedWorld.start(1, (request, self) => {
    sent = request.number;
    return intercept(request, self);
  });
  const { clock, simulation } = world;
  const { client } = simulation.onboarding;
  const stop = new AbortController();
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  const version = simulation.charts.versions.at(-1) ?? "";
  await client.create(ocm(plane, version));
  await world.untilOcm(plane, isInstalled(version));
  const mcp = clientOf(world);
  playToolkit(mcp, { clock, signal: stop.signal });
  for (const object of objects) {
    await mcp.create(object);
  }
  await clock.advance(5_000);
  const first = sent + 1;

  await client.delete(ref("ocm", plane.name, plane.namespace));
  await clock.advance(HESITATION_MS);
  for (const object of objects) {
    await mcp.delete(refOf(object));
  }
  await world.untilOcm(plane, (object) => object === undefined);

  const left = await Promise.all(objects.map((object) => mcp.find(refOf(object))));
  assert.deepEqual(
    left.filter((object) => object !== undefined),
    [],
    "no object is left without the toolkit",
  );
  assert.deepEqual(await mcp.list(kindOf("deployment")), []);
  stop.abort();
  await world.stop();
  return { first, last: sent };
}

function clientOf({ simulation }: SimulatedWorld): SimClient {
  const cluster = [...simulation.clusters.values()].find(({ name }) => name === plane.name);
  assert.ok(cluster);
  return cluster.client;
}

describe("a removal beside objects that the toolkit holds", async () => {
  const { first, last } = await playRemoval(({ send }) => send());

  for (const moment of ["before", "after"] as const) {
    for (let number = first; number <= last; number += STRIDE) {
      it(`gets over a crash ${moment} request ${number - first + 1} is reached by the server`, async () => {
        await playRemoval(crashAt(number, moment));
      });
    }
  }
});
