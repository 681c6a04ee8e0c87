import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { startInProcessGround } from "../../ground/embedded/in-process-ground.ts";
import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { isReady, type ServiceObj } from "../support/ocm-status.ts";
import { installCrds, runSimulatedProvider } from "../support/simulated-provider.ts";
import { ocm, providerConfig, PULL_SECRET, pullSecret } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };

function isInstalled(version: string): (object: ServiceObj | undefined) => boolean {
  return (object) => object !== undefined && isReady(object) && object.status?.installedVersion === version;
}

/** Plays a tenant's life on a virtual clock; returns every request of the provider with the time it was sent. */
async function playLife(seed: number): Promise<string[]> {
  const clock = new VirtualClock();
  const simulation = await clock.runUntil(startInProcessGround({ clock, seed }));
  assert.ok(simulation !== undefined);
  const { platform, onboarding, charts } = simulation;
  const requests: string[] = [];
  const stop = new AbortController();
  await installCrds(simulation, clock);
  const running = runSimulatedProvider({
    simulation,
    clock,
    random: seededRandom(seed),
    signal: stop.signal,
    onRequest: (request) => requests.push(`${clock.now()} ${request}`),
  });
  const untilOcm = async (isMet: (object: ServiceObj | undefined) => boolean): Promise<void> => {
    const deadline = clock.now() + 60_000;
    for (let current = await find(); !isMet(current); current = await find()) {
      assert.ok(
        clock.now() < deadline,
        `expected another state within a minute, found ${JSON.stringify(current?.status)}`,
      );
      await clock.advance(50);
    }
  };
  const find = (): Promise<ServiceObj | undefined> => onboarding.client.find(ref("ocm", plane.name, plane.namespace));

  const [first = "", second = ""] = charts.versions;
  await platform.client.create(pullSecret(charts.dockerConfigJson));
  await platform.client.create(providerConfig({ chartURL: charts.chartURL, imagePullSecret: { name: PULL_SECRET } }));
  await clock.runUntil(simulation.orderControlPlane(plane));
  await onboarding.client.create(ocm(plane, first));
  await untilOcm(isInstalled(first));
  await onboarding.client.patchMerge(ref("ocm", plane.name, plane.namespace), { spec: { version: second } });
  await untilOcm(isInstalled(second));
  await onboarding.client.delete(ref("ocm", plane.name, plane.namespace));
  await untilOcm((object) => object === undefined);
  assert.deepEqual(await platform.client.list(kindOf("helmRelease")), []);

  stop.abort();
  await clock.runUntil(running);
  await clock.runUntil(simulation.stop());
  return requests;
}

describe("the provider on a virtual clock", () => {
  it("lives a tenant's life inside one process", async () => {
    const requests = await playLife(1);

    assert.ok(requests.length > 0);
  });

  it("does exactly the same for the same seed", async () => {
    assert.deepEqual(await playLife(7), await playLife(7));
  });
});
