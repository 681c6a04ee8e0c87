import type { ControlPlaneRef, Ground, GroundCluster } from "../ground/ground.ts";
import type { SimClient } from "../sim/client.ts";
import { systemSimClock } from "../sim/clock.ts";
import { findCondition, isConditionTrue } from "../sim/condition.ts";
import type { Obj } from "../sim/object.ts";
import { tenantNamespace } from "../sim/platform/tenant-namespace.ts";
import type { KindRef, ObjRef } from "../sim/resource-paths.ts";
import { ensure } from "../sim/stand-in/ensure.ts";
import { remove } from "../sim/stand-in/remove.ts";
import { waitFor } from "../sim/stand-in/wait-for.ts";
import { textAt, valueAt } from "../sim/value-at.ts";
import { connect } from "./connect.ts";

/** The ways in which tenants get into trouble. */
export const TROUBLES = [
  "wrong version",
  "refused credentials",
  "unreachable control plane",
  "blocked deletion",
  "foreign object",
  "refused values",
] as const;

export type TroubleName = (typeof TROUBLES)[number];

/** A tenant whose OCM object is Ready. */
export type HealthyTenant = ControlPlaneRef & { readonly cluster: GroundCluster };

/** Where tenants live. */
export type TroublePlace = {
  readonly ground: Pick<Ground, "charts" | "crash" | "revive">;
  readonly platform: SimClient;
  readonly onboarding: SimClient;
  /** Kind of the tenants' OCM objects. */
  readonly kind: KindRef;
  /** The ProviderConfig in force. */
  readonly settings: ObjRef;
};

/** A tenant in trouble, and what the status of its OCM object says of the trouble. */
export type Victim = {
  readonly trouble: TroubleName;
  readonly name: string;
  readonly namespace: string;
  /** On the platform cluster. */
  readonly tenantNamespace: string;
  readonly condition: string;
  readonly reason: string;
};

/** Trouble that has come over some tenants. */
export type Trouble = {
  readonly victims: readonly Victim[];
  /** Removes the causes, waits until every victim is Ready as before, and withdraws what the trouble needed. */
  mend(): Promise<void>;
};

type Case = Victim & {
  readonly place: TroublePlace;
  readonly cluster: GroundCluster;
  readonly ocm: ObjRef;
  /** As it was before. */
  readonly spec: unknown;
};

type Way = Pick<Victim, "condition" | "reason"> & {
  readonly cause: (victim: Case) => Promise<void>;
  readonly mend: (victim: Case) => Promise<void>;
};

const PROVIDER_NAMESPACE = "openmcp-system";
const DOCKER_CONFIG = ".dockerconfigjson";
/** The policy on the onboarding cluster lets the provider write versions that are not on offer. */
const UNJUDGED = { fieldManager: "service-provider-ocm" } as const;
/** One of how many tenants is in trouble of each way. */
const ONE_OF = 50;

const SECRETS = { refused: "mirror-east", mirror: "mirror-west", images: "private-images" } as const;

/** Versions on offer, each of which brings trouble over the tenants that order it. */
function offers(chartVersion: string): readonly Readonly<Record<string, unknown>>[] {
  return [
    { version: "mirror-east", chartVersion, chartPullSecret: SECRETS.refused },
    { version: "mirror-west", chartVersion, chartPullSecret: SECRETS.mirror },
    { version: "private-images", chartVersion, values: { manager: { imagePullSecrets: [{ name: SECRETS.images }] } } },
    { version: "many-replicas", chartVersion, values: { manager: { replicas: "many" } } },
  ];
}

const ways: Readonly<Record<TroubleName, Way>> = {
  "wrong version": {
    condition: "ChartReady",
    reason: "VersionNotOffered",
    cause: (victim) => order(victim, "9.9.9"),
    mend: restore,
  },
  "refused credentials": {
    condition: "ChartReady",
    reason: "ChartFetchFailed",
    cause: (victim) => order(victim, "mirror-east"),
    mend: restore,
  },
  "unreachable control plane": {
    condition: "ReleaseReady",
    reason: "ClusterUnreachable",
    cause: async (victim) => {
      await victim.place.ground.crash(victim.cluster);
      // The provider looks at the control plane to put the Secret there that this version names.
      await order(victim, "private-images");
    },
    mend: async (victim) => {
      await victim.place.ground.revive(victim.cluster);
      await restore(victim);
    },
  },
  "blocked deletion": {
    condition: "Removed",
    reason: "UserObjectsExist",
    cause: async ({ place, cluster, ocm }) => {
      await connect(cluster).create(repository());
      await place.onboarding.delete(ocm);
    },
    mend: async ({ place, cluster, ocm, spec }) => {
      const { apiVersion, kind, name, namespace = "" } = ocm;
      await remove(connect(cluster), { ...repository(), ...repository().metadata });
      await waitFor(systemSimClock, async () => (await place.onboarding.find(ocm)) === undefined);
      await place.onboarding.create({ apiVersion, kind, metadata: { name, namespace }, spec }, UNJUDGED);
    },
  },
  "foreign object": {
    condition: "ChartReady",
    reason: "ForeignObject",
    cause: async (victim) => {
      await victim.place.platform.create(foreignSecret(victim));
      await order(victim, "mirror-west");
    },
    mend: async (victim) => {
      await restore(victim);
      const { apiVersion, kind, metadata } = foreignSecret(victim);
      await remove(victim.place.platform, { apiVersion, kind, ...metadata });
    },
  },
  "refused values": {
    condition: "ReleaseReady",
    reason: "ReleaseFailed",
    cause: (victim) => order(victim, "many-replicas"),
    mend: restore,
  },
};

/**
 * Brings trouble of every way over some of the tenants, evenly spread, and waits until their OCM objects say so.
 *
 * All trouble is made as people make it: by orders, by settings, by what they leave on a control plane, by a crash.
 */
export async function makeTrouble(place: TroublePlace, tenants: readonly HealthyTenant[]): Promise<Trouble> {
  const withdraw = await offerTrouble(place);
  const cases = await Promise.all(
    chooseVictims(tenants).map(([tenant, trouble]) => describeCase(place, tenant, trouble)),
  );
  await Promise.all(
    cases.map(async (victim) => {
      await ways[victim.trouble].cause(victim);
      await waitFor(systemSimClock, () => isInTrouble(victim));
    }),
  );
  return {
    victims: cases.map(({ place: _place, cluster: _cluster, ocm: _ocm, spec: _spec, ...victim }) => victim),
    mend: async () => {
      await Promise.all(cases.map((victim) => ways[victim.trouble].mend(victim)));
      await Promise.all(cases.map((victim) => waitFor(systemSimClock, () => isWell(victim))));
      await withdraw();
    },
  };
}

/** Pairs some tenants, evenly spread, with a trouble each; every trouble has as many tenants as every other. */
export function chooseVictims<T>(tenants: readonly T[]): readonly (readonly [T, TroubleName])[] {
  const each = Math.max(1, Math.floor(tenants.length / ONE_OF));
  const count = each * TROUBLES.length;
  if (tenants.length < count) {
    throw new Error(`expected at least ${count} tenants, one for each trouble, found ${tenants.length}`);
  }
  const chosen = Array.from({ length: count }, (_, index) => tenants[Math.floor((index * tenants.length) / count)]);
  return chosen.flatMap((tenant, index) => {
    const trouble = TROUBLES[index % TROUBLES.length];
    return tenant === undefined || trouble === undefined ? [] : [[tenant, trouble] as const];
  });
}

/** Has the ProviderConfig offer the versions that bring trouble; the returned function takes them back. */
async function offerTrouble({ platform, settings, ground }: TroublePlace): Promise<() => Promise<void>> {
  const { charts } = ground;
  const [chartVersion = ""] = charts.versions;
  const secrets = [
    pullSecret(SECRETS.refused, charts.wrongDockerConfigJson),
    pullSecret(SECRETS.mirror, charts.dockerConfigJson),
    pullSecret(SECRETS.images, charts.dockerConfigJson),
  ];
  await Promise.all(secrets.map((secret) => ensure(platform, secret)));
  const { versions } = (await platform.get(settings))["spec"] as { readonly versions?: readonly unknown[] };
  const offered = versions ?? charts.versions.map((version) => ({ version }));
  await platform.patchMerge(settings, { spec: { versions: [...offered, ...offers(chartVersion)] } });
  return async () => {
    await platform.patchMerge(settings, { spec: { versions: versions ?? null } });
    await Promise.all(
      secrets.map(({ apiVersion, kind, metadata }) => remove(platform, { apiVersion, kind, ...metadata })),
    );
  };
}

async function describeCase(place: TroublePlace, tenant: HealthyTenant, trouble: TroubleName): Promise<Case> {
  const { name, namespace, cluster } = tenant;
  const { condition, reason } = ways[trouble];
  const ocm = { ...place.kind, name, namespace };
  const { spec } = await place.onboarding.get(ocm);
  return {
    trouble,
    name,
    namespace,
    condition,
    reason,
    place,
    cluster,
    ocm,
    spec,
    tenantNamespace: tenantNamespace({ name, namespace }),
  };
}

async function order({ place, ocm }: Case, version: string): Promise<void> {
  await place.onboarding.patchMerge(ocm, { spec: { version } }, UNJUDGED);
}

async function restore({ place, ocm, spec }: Case): Promise<void> {
  await place.onboarding.patchMerge(ocm, { spec }, UNJUDGED);
}

async function isInTrouble({ place, ocm, condition, reason }: Case): Promise<boolean> {
  const found = findCondition(await place.onboarding.get(ocm), condition);
  return found !== undefined && textAt(found, "reason") === reason;
}

async function isWell({ place, ocm }: Case): Promise<boolean> {
  const found = await place.onboarding.find(ocm);
  const isJudged = valueAt(found, "status", "observedGeneration") === found?.metadata.generation;
  return isJudged && isConditionTrue(found, "Ready");
}

/** As a user of the toolkit makes one. */
function repository(): Obj {
  return {
    apiVersion: "delivery.ocm.software/v1alpha1",
    kind: "Repository",
    metadata: { name: "podinfo", namespace: "default" },
    spec: { repositorySpec: { type: "OCIRegistry" } },
  };
}

/** Somebody else's Secret that has the name of the copy of a pull secret. */
function foreignSecret({ tenantNamespace: namespace }: Case): Obj {
  const metadata = { name: `sp-ocm-${SECRETS.mirror}`, namespace };
  return { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", stringData: { owner: "somebody else" } };
}

function pullSecret(name: string, dockerConfigJson: string): Obj {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: PROVIDER_NAMESPACE },
    type: "kubernetes.io/dockerconfigjson",
    data: { [DOCKER_CONFIG]: Buffer.from(dockerConfigJson).toString("base64") },
  };
}
