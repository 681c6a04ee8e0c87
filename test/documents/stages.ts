import { connect } from "../../sandbox/connect.ts";
import { type BarePlatform, kubeconfigVariables, startBarePlatform } from "../../sandbox/bare.ts";
import { withSpec } from "../../sandbox/examples.ts";
import { makeTrouble, TROUBLES } from "../../sandbox/trouble.ts";
import type { Obj } from "../../sim/object.ts";
import { textAt } from "../../sim/value-at.ts";
import { awaitPresent } from "../support/await-object.ts";
import { installDiscoveries } from "../support/discovery.ts";
import { install } from "../support/install.ts";
import { configRef, CURRENT_GROUP, namespaceOf, ocmRef, ref } from "../support/kinds.ts";
import { applyStrictly, readManifest } from "../support/manifests.ts";
import { awaitReady } from "../support/ocm-status.ts";
import { installMonitoringKinds } from "../support/prometheus-operator.ts";
import { imageOfSuite } from "../support/provider-image.ts";
import { ocm, prepare, PULL_SECRET, pullSecret, startRunningWorld, startWorld } from "../support/world.ts";
import { applyInEffect } from "./manifest.ts";
import type { Stage } from "./run-document.ts";

const plane = { name: "mcp-01", namespace: "project-demo--ws-dev" };

/** A fresh clone, and no cluster. */
export function clone(): Promise<Stage> {
  return Promise.resolve({ variables: {}, stop: () => Promise.resolve() });
}

/** A platform with a provider whose objects, and a Ready tenant's, are of the earlier API group. */
export async function ofEarlierGroup(): Promise<Stage> {
  const world = await startRunningWorld();
  const { cluster } = await install(world, plane);
  const { platform, onboarding } = world.ground;
  return {
    variables: {
      PLATFORM: platform.kubeconfigPath,
      ONBOARDING: onboarding.kubeconfigPath,
      MCP_01: cluster.kubeconfigPath,
    },
    stop: () => world.stop(),
  };
}

/** A platform on which some tenants are in trouble, each in another one. */
export async function inTrouble(): Promise<Stage> {
  const world = await startWorld();
  await prepare(world);
  await world.configure({}, CURRENT_GROUP);
  await world.run();
  const [version = ""] = world.ground.charts.versions;
  const names = Array.from({ length: TROUBLES.length + 1 }, (_, index) => `mcp-0${index + 1}`);
  const tenants = await Promise.all(names.map((name) => world.order({ ...plane, name })));
  for (const tenant of tenants.map((one) => ({ ...one, group: CURRENT_GROUP }))) {
    await world.onboarding.create(ocm(tenant, version));
    await awaitReady(world.onboarding, tenant, version);
  }
  const { ground, platform, onboarding } = world;
  const { apiVersion, kind } = ocmRef({ ...plane, group: CURRENT_GROUP });
  const settings = configRef(CURRENT_GROUP);
  await makeTrouble({ ground, platform, onboarding, kind: { apiVersion, kind }, settings }, tenants);
  return {
    variables: { PLATFORM: ground.platform.kubeconfigPath, ONBOARDING: ground.onboarding.kubeconfigPath },
    stop: () => world.stop(),
  };
}

/** What there is after the README's first steps: a platform that runs the provider, and a tenant that is Ready. */
export function afterReadme(): Promise<Stage> {
  return startWith(followReadme);
}

/** The same, with the kind Discovery and every Secret and ConfigMap that deploy/provider-config-full.yaml names. */
export function withAllReferences(): Promise<Stage> {
  return startWith(async (bare) => {
    await followReadme(bare);
    const platform = connect(bare.ground.platform);
    await installDiscoveries(platform);
    for (const object of readManifest("provider-config-full.yaml").filter(({ apiVersion }) => apiVersion === "v1")) {
      await applyStrictly(platform, object);
    }
  });
}

/** The same, with the kinds of the Prometheus operator, and the namespace of Prometheus. */
export function withPrometheusOperator(): Promise<Stage> {
  return startWith(async (bare) => {
    await followReadme(bare);
    const platform = connect(bare.ground.platform);
    await installMonitoringKinds(platform);
    await platform.create(namespaceOf("monitoring"));
  });
}

async function startWith(lead: (bare: BarePlatform) => Promise<void>): Promise<Stage> {
  const bare = await startBarePlatform({ real: process.env["GROUND"] === "real", image: await imageOfSuite() });
  try {
    await lead(bare);
    return { variables: kubeconfigVariables(bare), stop: () => bare.stop() };
  } catch (error) {
    await bare.stop();
    throw error;
  }
}

async function followReadme({ ground }: BarePlatform): Promise<void> {
  const [platform, onboarding] = [connect(ground.platform), connect(ground.onboarding)];
  for (const provider of readManifest("service-provider.yaml")) {
    await applyStrictly(platform, provider);
  }
  await awaitPresent(platform, ref("serviceProvider", "ocm"), isInstalled, {
    what: "the ServiceProvider is Ready",
    withinMs: 180_000,
  });
  const { chartURL, dockerConfigJson } = ground.charts;
  await platform.create(pullSecret(dockerConfigJson));
  for (const config of readManifest("provider-config.yaml")) {
    await applyInEffect(platform, withSpec(config, { chartURL, imagePullSecret: { name: PULL_SECRET } }));
  }
  for (const order of readManifest("ocm.yaml")) {
    await applyInEffect(onboarding, order);
  }
}

function isInstalled(serviceProvider: Obj): boolean {
  return textAt(serviceProvider, "status", "phase") === "Ready";
}
