import { type SimClient } from "../../sim/client.ts";
import type { SimClock } from "../../sim/clock.ts";
import { ensure } from "../../sim/stand-in/ensure.ts";
import { waitFor } from "../../sim/stand-in/wait-for.ts";
import { trusted } from "../../sim/trusted.ts";
import type { Obj } from "../../sim/object.ts";
import { ocmCrds, providerConfigCrds } from "../../src/ocm/api/crds.inlined.ts";
import { configRef, ocmRef, ref } from "./kinds.ts";

/** The clusters that know the kinds of the service, and what paces looking at them. */
export type ServiceClusters = {
  readonly platform: SimClient;
  readonly onboarding: SimClient;
  readonly clock: SimClock;
};

/** Installs and registers the kinds of API groups, as the `init` of a version that serves these groups does. */
export async function prepareGroups(clusters: ServiceClusters, groups: readonly string[]): Promise<void> {
  const { platform, onboarding, clock } = clusters;
  const inGroups = (crds: readonly (typeof ocmCrds)[number][]): readonly Obj[] =>
    trusted<readonly Obj[]>(crds.filter(({ spec }) => groups.includes(spec.group)));
  for (const crd of inGroups(ocmCrds)) {
    await ensure(onboarding, crd);
  }
  for (const crd of inGroups(providerConfigCrds)) {
    await ensure(platform, crd);
  }
  for (const group of groups) {
    await waitFor(clock, () => onboarding.serves(ocmRef({ name: "any", namespace: "default", group })));
    await waitFor(clock, () => platform.serves(configRef(group)));
  }
  await registerGroups(platform, groups);
}

/** Makes the OCM kinds of these groups the registered ones. */
export async function registerGroups(platform: SimClient, groups: readonly string[]): Promise<void> {
  const resources = groups.map((group) => ({ group, version: "v1alpha1", kind: "OCM" }));
  await platform.status(ref("serviceProvider", "ocm"), { resources });
}
