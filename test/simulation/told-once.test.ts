import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { TenantObserver } from "../../src/openmcp/service/tenant-figures.ts";
import { crashAt } from "../support/crash-at.ts";
import { ocmRef } from "../support/kinds.ts";
import { type Intercept, isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };

type Told = { readonly firstReady: readonly number[]; readonly removed: readonly number[]; readonly requests: number };

/** Plays a life in which an installation is changed after it was Ready, and tells what the metrics were told. */
async function told(intercept: Intercept = ({ send }) => send()): Promise<Told> {
  const [firstReady, removed]: [number[], number[]] = [[], []];
  let requests = 0;
  const observeTenants: TenantObserver = {
    firstReady: (afterMs) => firstReady.push(afterMs),
    removed: (afterMs) => removed.push(afterMs),
    follow: () => () => undefined,
  };
  const counting: Intercept = (request, world) => {
    requests = request.number;
    return intercept(request, world);
  };
  const world = await SimulatedWorld.start(1, counting, { observeTenants });
  await live(world);
  await world.stop();
  return { firstReady, removed, requests };
}

/** Installed, changed, deleted. Times of conditions are whole seconds, so each step has a second of its own. */
async function live(world: SimulatedWorld): Promise<void> {
  const { clock, simulation } = world;
  const { client } = simulation.onboarding;
  const [first = "", second = ""] = simulation.charts.versions;
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  await client.create(ocm(plane, first));
  await world.untilOcm(plane, isInstalled(first));
  await clock.advance(1_000);
  await client.patchMerge(ocmRef(plane), { spec: { version: second } });
  await world.untilOcm(plane, isInstalled(second));
  await client.delete(ocmRef(plane));
  await world.untilOcm(plane, (object) => object === undefined);
}

const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 17);

describe("the metrics", async () => {
  const { firstReady, removed, requests } = await told();

  it("are told once that an installation is ready for the first time, and once that the installation is gone", () => {
    assert.equal(firstReady.length, 1);
    assert.equal(removed.length, 1);
    for (const afterMs of [...firstReady, ...removed]) {
      assert.ok(afterMs > 0 && afterMs < 10 * 60_000, String(afterMs));
    }
  });

  for (const moment of ["before", "after"] as const) {
    for (let number = moment === "after" ? 9 : 1; number <= requests; number += STRIDE) {
      it(`are told of neither twice when the provider crashes ${moment} request ${number} is reached`, async () => {
        const found = await told(crashAt(number, moment));

        assert.ok(found.firstReady.length <= 1, String(found.firstReady));
        assert.ok(found.removed.length <= 1, String(found.removed));
      });
    }
  }
});
