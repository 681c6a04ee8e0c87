import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { crashAt } from "../support/crash-at.ts";
import type { GoNames } from "../support/go-provider.ts";
import { inTenantNamespace } from "../support/installation.ts";
import { ref } from "../support/kinds.ts";
import { deploymentsOf, leaveAsGoProvider, plane, untilTakenOver } from "../support/simulated-takeover.ts";
import { type Intercept, isInstalled, SimulatedWorld } from "../support/simulated-world.ts";

type Meddle = (world: SimulatedWorld) => Promise<void>;

/** Does something right before or after the server has seen the n-th request. */
function meddleAt(number: number, moment: "before" | "after", meddle: Meddle): Intercept {
  return async (request, world) => {
    if (request.number !== number) {
      return request.send();
    }
    if (moment === "after") {
      const answer = await request.send();
      await meddle(world);
      return answer;
    }
    await meddle(world);
    return request.send();
  };
}

/** The Go provider's installation is taken over, and the Deployment is still the same one. Then it is deleted. */
async function playTakeover(names: GoNames, intercept?: Intercept): Promise<void> {
  const world = await SimulatedWorld.start(1, intercept);
  const fromThePlatform = await leaveAsGoProvider(world, names);
  const deployments = await deploymentsOf(world);
  assert.equal(deployments.length, 1);

  world.startProvider();
  await world.untilOcm(plane, isInstalled(world.simulation.charts.versions[0] ?? ""));
  await untilTakenOver(world);

  assert.deepEqual(await deploymentsOf(world), deployments, "the release is upgraded in place");
  await deleteOCM(world);
  await assertNothingIsLeft(world, fromThePlatform);
  await world.stop();
}

/** Somebody deletes the OCM object, at whatever point of the takeover. */
async function playInterruption(names: GoNames, intercept: Intercept): Promise<void> {
  const world = await SimulatedWorld.start(1, intercept);
  const fromThePlatform = await leaveAsGoProvider(world, names);

  world.startProvider();
  const isTakenOver = isInstalled(world.simulation.charts.versions[0] ?? "");
  await world.untilOcm(plane, (object) => object === undefined || isTakenOver(object));
  if ((await world.simulation.onboarding.client.find(ref("ocm", plane.name, plane.namespace))) !== undefined) {
    await deleteOCM(world);
  }

  await assertNothingIsLeft(world, fromThePlatform);
  await world.stop();
}

async function deleteOCM({ simulation }: SimulatedWorld): Promise<void> {
  await simulation.onboarding.client.delete(ref("ocm", plane.name, plane.namespace));
}

async function assertNothingIsLeft(world: SimulatedWorld, fromThePlatform: readonly string[]): Promise<void> {
  await world.untilOcm(plane, (object) => object === undefined);
  // The platform's garbage collection takes a moment.
  await world.clock.advance(5_000);
  assert.deepEqual(await deploymentsOf(world), [], "the release is uninstalled");
  const { client } = world.simulation.platform;
  assert.deepEqual(await inTenantNamespace({ plane, platform: client }), fromThePlatform);
}

async function countRequests(names: GoNames): Promise<number> {
  let requests = 0;
  await playTakeover(names, ({ number, send }) => {
    requests = number;
    return send();
  });
  return requests;
}

// Every n-th request and not each: the quick suite has to stay quick.
const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 23);

for (const names of ["first-names", "later-names"] as const) {
  describe(`a takeover of ${names}`, async () => {
    const requests = await countRequests(names);
    for (const moment of ["before", "after"] as const) {
      for (let number = 1 + (moment === "after" ? 4 : 0); number <= requests; number += STRIDE) {
        it(`survives a crash ${moment} request ${number} is reached by the server`, async () => {
          await playTakeover(names, crashAt(number, moment));
        });
        it(`is called off by a deletion ${moment} request ${number} is reached by the server`, async () => {
          await playInterruption(names, meddleAt(number, moment, deleteOCM));
        });
      }
    }
  });
}
