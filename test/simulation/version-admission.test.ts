import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { listAt } from "../../sim/value-at.ts";
import { crashNow } from "../support/crash-at.ts";
import { CURRENT_GROUP, kindOf, ref } from "../support/kinds.ts";
import { type Intercept, ocmCast, SimulatedWorld } from "../support/simulated-world.ts";

const CONFIG = ref("providerConfig", "ocm");
const NAME = `ocms.${CURRENT_GROUP}`;
const POLICY: ObjRef = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicy",
  name: NAME,
};
const BINDING: ObjRef = { ...POLICY, kind: "ValidatingAdmissionPolicyBinding" };
const OFFER: ObjRef = { apiVersion: `${CURRENT_GROUP}/v1alpha1`, kind: "OCMOffer", name: "ocm" };
const ABOUT_ADMISSION = /\/(?:validatingadmissionpolic|ocmoffers)/u;
const HOUR_MS = 3_600_000;
const cast = { ...ocmCast, hasAdmission: true };

async function offer({ simulation, clock }: SimulatedWorld, ...versions: readonly string[]): Promise<void> {
  const spec = { versions: versions.length === 0 ? null : versions.map((version) => ({ version })) };
  await simulation.platform.client.patchMerge(CONFIG, { spec });
  // Longer than any delay of a provider that has just crashed.
  await clock.advance(60_000);
}

async function assertOffered({ simulation }: SimulatedWorld, ...versions: readonly string[]): Promise<void> {
  const { client } = simulation.onboarding;
  const found = await Promise.all([POLICY, BINDING, OFFER].map((object) => client.find(object)));
  assert.deepEqual(
    found.map((object) => object !== undefined),
    found.map(() => versions.length > 0),
  );
  assert.deepEqual(listAt(found[2], "spec", "versions"), versions);
}

/** Plays the life of a policy: it comes, its parameters change, it goes, and it comes again. */
async function playLife(world: SimulatedWorld): Promise<void> {
  world.startProvider();
  await offer(world, "0.4.0");
  await assertOffered(world, "0.4.0");
  await offer(world, "0.5.0", "0.4.0");
  await assertOffered(world, "0.5.0", "0.4.0");
  await offer(world);
  await assertOffered(world);
  await offer(world, "0.5.0");
  await assertOffered(world, "0.5.0");
}

/** Counts the requests about the policy, and does something else with the n-th. */
function nth(number: number, act: Intercept): { readonly intercept: Intercept; readonly count: () => number } {
  let count = 0;
  const intercept: Intercept = (request, world) => {
    if (!ABOUT_ADMISSION.test(request.text)) {
      return request.send();
    }
    count += 1;
    return count === number ? act(request, world) : request.send();
  };
  return { intercept, count: () => count };
}

function eventsOf(client: SimClient): Promise<readonly Obj[]> {
  return client.list(kindOf("event"), { fieldSelector: "reason=AdmissionUnavailable" });
}

describe("the policy on the onboarding cluster", () => {
  it("follows the settings, whenever the provider crashes", async () => {
    const undisturbed = nth(0, ({ send }) => send());
    const calm = await SimulatedWorld.start(3, undisturbed.intercept, { cast });
    await playLife(calm);
    await calm.stop();
    const requests = undisturbed.count();
    assert.ok(requests > 10, `${requests} requests`);

    for (let number = 1; number <= requests; number += 1) {
      for (const moment of ["before", "after"] as const) {
        const world = await SimulatedWorld.start(3, nth(number, crashNow(moment)).intercept, { cast });
        await playLife(world);
        await world.stop();
      }
    }
  });

  it("is tried rarely while the right to write it is missing, and is there soon after the right", async () => {
    let isForbidden = true;
    const tried: string[] = [];
    const intercept: Intercept = async ({ text, send }, { simulation }) => {
      if (!ABOUT_ADMISSION.test(text) || !isForbidden) {
        return send();
      }
      tried.push(text);
      // What the cluster answers to a user without rights.
      const { transport } = simulation.onboarding;
      const path = text.split(" ").at(-1) ?? "";
      return transport({ method: "GET", path, headers: {}, signal: new AbortController().signal });
    };
    const world = await SimulatedWorld.start(3, intercept, { cast });
    world.startProvider();
    await offer(world, "0.4.0");
    await world.clock.advance(2 * HOUR_MS);

    assert.ok(tried.length <= 20, tried.join("\n"));
    assert.equal((await eventsOf(world.simulation.platform.client)).length, 1);
    await assertOffered(world);

    isForbidden = false;
    await world.clock.advance(HOUR_MS / 4);
    await assertOffered(world, "0.4.0");
    await world.stop();
  });
});
