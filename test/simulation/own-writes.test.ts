import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { watchedPasses } from "../support/watched-passes.ts";
import { ocm, PULL_SECRET } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OCM = ref("ocm", plane.name, plane.namespace);
const CONFIG = ref("providerConfig", "ocm");
const COPY = ref("secret", `sp-ocm-${PULL_SECRET}`, tenantNamespace(plane.name, plane.namespace));
const OTHER_LOGIN = Buffer.from('{"auths":{}}').toString("base64");
/** Far longer than news need. */
const LATE_MS = 50;
const SETTLED_MS = 5 * 60_000;
const SOON_MS = 10_000;

type Settled = { readonly world: SimulatedWorld; readonly passes: () => number };

/** Starts a provider with one settled tenant. Whatever it writes then, the news come before the answer. */
async function startSettled(): Promise<Settled> {
  let [passes, lateMs] = [0, 0];
  const world = await SimulatedWorld.start(
    1,
    async ({ text, send }, { clock }) => {
      const answer = await send();
      await (/ (?:PATCH|POST) /u.test(text) && clock.sleep(lateMs));
      return answer;
    },
    { cast: watchedPasses({ onPass: () => (passes += 1) }) },
  );
  const { platform, onboarding, charts } = world.simulation;
  const [version = ""] = charts.versions;
  // Nobody looks again by himself.
  await platform.client.patchMerge(CONFIG, { spec: { pollInterval: "1h", versions: [{ version }] } });
  world.startProvider();
  await world.clock.runUntil(world.simulation.orderControlPlane(plane));
  await onboarding.client.create(ocm(plane, version));
  await world.untilOcm(plane, isInstalled(version));
  await world.clock.advance(SETTLED_MS);
  [passes, lateMs] = [0, LATE_MS];
  return { world, passes: () => passes };
}

describe("news of an own write that come before the answer", () => {
  it("cost a tenant that was repaired no second pass", async () => {
    const { world, passes } = await startSettled();
    const { client } = world.simulation.platform;
    const { data } = await client.get(COPY);

    await client.patchMerge(COPY, { data: { ".dockerconfigjson": OTHER_LOGIN } });
    await world.clock.advance(SOON_MS);

    assert.deepEqual((await client.get(COPY))["data"], data);
    assert.equal(passes(), 1);
    await world.stop();
  });

  it("cost a tenant whose status was written no second pass", async () => {
    const { world, passes } = await startSettled();
    const { client } = world.simulation.onboarding;

    await client.patchMerge(OCM, { spec: { version: "9.9.9" } });
    await world.clock.advance(SOON_MS);

    assert.equal(conditionOf(await client.get<ServiceObj>(OCM), "Ready")?.status, "False");
    assert.equal(passes(), 1);
    await world.stop();
  });
});
