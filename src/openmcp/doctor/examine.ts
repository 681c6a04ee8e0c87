import type { KubeClient } from "../../kube/client.ts";
import { deployments, leases, pods } from "../../kube/core.ts";
import type { CommandContext } from "../command/command.ts";
import type { Reader } from "../command/reader.ts";
import { serviceProviders } from "../platform/kinds.ts";
import { onboardingRequests } from "../platform/onboarding-access.ts";
import { managedBy } from "../platform/tenant-access.ts";
import {
  controllersOf,
  type ProviderDefinition,
  servedResources,
  type SettingsInForce,
} from "../service/definition.ts";
import type { Finding, NamelessFinding } from "../service/finding.ts";
import { platformRights, runRights } from "../service/rights.ts";
import type { ServiceObject } from "../service/status.ts";
import { lookAtAdmission } from "./admission.ts";
import { type Check, runCheck } from "./check.ts";
import { lookAtCluster } from "./clusters.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { judgeRegistration, lookAtCrds } from "./installed.ts";
import { readPage } from "./read-page.ts";
import { judgeLease, judgeReadiness, judgeReplicas } from "./replicas.ts";
import { lookAtRights, platformRightsOf, requestedRights } from "./rights.ts";
import { lookAtShards } from "./shards.ts";
import { lookAtOnboardingToken, lookAtTenantTokens } from "./tokens.ts";

/** A provider, and what is looked at. */
export type Patient<T extends ServiceObject, C extends ServiceObject, S> = {
  readonly definition: ProviderDefinition<T, C, S>;
  readonly reader: Reader;
  readonly context: Pick<CommandContext, "env" | "nodeVersion">;
  /** Address of the probes of `run` in this pod; undefined elsewhere. */
  readonly probeURL?: string;
};

/**
 * Looks at everything that the provider depends on. Yields what each check has found, in one order, as soon as it is
 * known; looks no further when the platform cluster does not answer.
 */
export async function* examine<T extends ServiceObject, C extends ServiceObject, S>(
  patient: Patient<T, C, S>,
): AsyncGenerator<Finding> {
  const { reader } = patient;
  const { clock, signal } = reader;
  const platform: Check = {
    name: "platform",
    look: (stop) => lookAtCluster("platform", { client: reader.platform, clock, signal: stop }),
  };
  const first = await runCheck(platform, reader);
  yield* first;
  if (first[0]?.level !== "ok") {
    return;
  }
  const checks = await checksOf(patient);
  const running = checks.map((check) => runCheck(check, { clock, signal }));
  // All of them reject when the process is asked to stop, and the first one says so.
  running.forEach((findings) => void findings.catch(() => {}));
  for (const findings of running) {
    yield* await findings;
  }
}

async function checksOf<T extends ServiceObject, C extends ServiceObject, S>(
  patient: Patient<T, C, S>,
): Promise<readonly Check[]> {
  const { definition, reader } = patient;
  const { platform, clock } = reader;
  const nowMs = clock.now();
  const configuration = once(async () => {
    const { namespace, signal } = reader;
    return readConfiguration(definition, { platform, namespace, signal, providerName: await reader.providerName() });
  });
  const inForce = async (): Promise<SettingsInForce<S> | undefined> => (await configuration()).inForce;
  const ofTenants = { labelSelector: selectorOf(definition), program: definition.name };
  return [
    ...onboardingChecks(patient, configuration),
    { name: "crds", look: (signal) => lookAtCrds("platform", definition.crds, { client: platform, signal }) },
    { name: "registration", look: (signal) => lookAtRegistration(patient, signal) },
    { name: "rights", look: (signal) => lookAtPlatformRights(patient, signal) },
    { name: "configuration", look: async () => (await configuration()).findings },
    { name: "leader", look: (signal) => lookAtLeader(reader, signal) },
    { name: "replicas", look: (signal) => lookAtReplicas(reader, signal) },
    { name: "readiness", look: (signal) => lookAtReadiness(patient, signal) },
    { name: "access", look: (signal) => lookAtTenantTokens(ofTenants, { platform, nowMs, signal }) },
    ...(await ownChecks(patient, inForce)),
  ];
}

function onboardingChecks<T extends ServiceObject, C extends ServiceObject, S>(
  { definition, reader }: Patient<T, C, S>,
  configuration: () => Promise<Configuration<C, S>>,
): readonly Check[] {
  const { clock, platform } = reader;
  const client = once(async (): Promise<KubeClient | undefined> => {
    const onboarding = await reader.onboarding();
    // What does not answer is said once.
    await onboarding.version(reader.signal);
    return onboarding;
  });
  const there = (look: LookAtOnboarding): Check["look"] => {
    return async (signal) => {
      const onboarding = await client().catch(() => undefined);
      return onboarding === undefined ? [] : look(onboarding, signal);
    };
  };
  const request = onboardingRequest(definition, reader.namespace);
  return [
    {
      name: "onboarding",
      look: async (signal) => lookAtCluster("onboarding", { client: await reader.onboarding(), clock, signal }),
    },
    {
      name: "onboarding-token",
      look: (signal) => lookAtOnboardingToken(request, { platform, nowMs: clock.now(), signal }),
    },
    ...checksOnOnboarding({ definition, reader }, configuration).map(({ name, look }) => ({ name, look: there(look) })),
  ];
}

/** The checks that need an onboarding cluster which answers. */
function checksOnOnboarding<T extends ServiceObject, C extends ServiceObject, S>(
  { definition, reader }: Pick<Patient<T, C, S>, "definition" | "reader">,
  configuration: () => Promise<Configuration<C, S>>,
): readonly { readonly name: string; readonly look: LookAtOnboarding }[] {
  const { platform, namespace, clock } = reader;
  return [
    {
      name: "onboarding-crds",
      look: (client, signal) => lookAtCrds("onboarding", definition.crds, { client, signal }),
    },
    {
      name: "onboarding-rights",
      look: (client, signal) => lookAtRights("onboarding", requestedRights(runRights(definition)), { client, signal }),
    },
    {
      name: "admission",
      look: async (client, signal) => lookAtAdmission(definition, (await configuration()).inForce, { client, signal }),
    },
    {
      name: "shards",
      look: async (onboarding, signal) =>
        lookAtShards(definition, {
          platform,
          onboarding,
          namespace,
          providerName: await reader.providerName(),
          configs: async () => (await configuration()).configs,
          nowMs: clock.now(),
          signal,
        }),
    },
  ];
}

type LookAtOnboarding = (client: KubeClient, signal: AbortSignal) => ReturnType<Check["look"]>;

/** The AccessRequest that `run` holds. */
function onboardingRequest(
  { resource, controller = resource.group }: Pick<Reader["program"], "resource" | "controller">,
  namespace: string,
): { readonly name: string; readonly namespace: string } {
  const { metadata } = onboardingRequests({
    controller: `${resource.kind.toLowerCase()}.${controller}`,
    localName: "onboarding-run",
    namespace,
    token: {},
  }).accessRequest;
  return { name: metadata.name, namespace };
}

function lookAtPlatformRights<T extends ServiceObject, C extends ServiceObject, S>(
  { definition, reader }: Patient<T, C, S>,
  signal: AbortSignal,
): Promise<readonly NamelessFinding[]> {
  const { supplement } = definition.settings;
  const rules = platformRights(definition, {
    written: definition.diagnosis?.kinds ?? [],
    followed: supplement === undefined ? [] : [supplement.resource],
  });
  return lookAtRights("platform", platformRightsOf(rules, reader.namespace), { client: reader.platform, signal });
}

async function lookAtRegistration<T extends ServiceObject, C extends ServiceObject, S>(
  { definition, reader }: Patient<T, C, S>,
  signal: AbortSignal,
): Promise<readonly NamelessFinding[]> {
  const name = await reader.providerName();
  const kinds = servedResources(definition).map(({ resource }) => resource);
  return judgeRegistration(await reader.platform.find(serviceProviders, { name }, signal), { name, kinds });
}

async function lookAtLeader(reader: Reader, signal: AbortSignal): Promise<readonly NamelessFinding[]> {
  const { platform, namespace, clock } = reader;
  const name = `sp-${await reader.providerName()}`;
  const [lease, deployment] = await Promise.all([
    platform.find(leases, { name, namespace }, signal),
    // An account that may not read it knows as little.
    platform.find(deployments, { name, namespace }, signal).catch(() => undefined),
  ]);
  const replicas = deployment && (deployment.spec?.replicas ?? 1);
  return [judgeLease(lease, { name, namespace, replicas, nowMs: clock.now() })];
}

async function lookAtReplicas(reader: Reader, signal: AbortSignal): Promise<readonly NamelessFinding[]> {
  const { platform, namespace, program } = reader;
  const name = `sp-${await reader.providerName()}`;
  const deployment = await platform.find(deployments, { name, namespace }, signal);
  const labels = Object.entries(deployment?.spec?.selector.matchLabels ?? {});
  const labelSelector = labels.map((pair) => pair.join("=")).join(",");
  const { items } =
    labelSelector === "" ? { items: [] } : await platform.list(pods, { namespace, labelSelector, signal });
  return judgeReplicas({ name, namespace, deployment, pods: items, version: program.version });
}

async function lookAtReadiness<T extends ServiceObject, C extends ServiceObject, S>(
  { probeURL }: Patient<T, C, S>,
  signal: AbortSignal,
): Promise<readonly NamelessFinding[]> {
  if (probeURL === undefined) {
    return [];
  }
  const { status, text } = await readPage(`${probeURL}/readyz`, signal);
  return [judgeReadiness({ status, body: text })];
}

async function ownChecks<T extends ServiceObject, C extends ServiceObject, S>(
  { definition, reader, context: { env } }: Patient<T, C, S>,
  inForce: () => Promise<SettingsInForce<S> | undefined>,
): Promise<readonly Check[]> {
  const { platform, namespace, clock } = reader;
  const checks = (await definition.diagnosis?.loadChecks?.()) ?? [];
  const userAgent = `${definition.name}/${definition.version}`;
  const labelSelector = selectorOf(definition);
  return checks.map(({ name, look }) => ({
    name,
    look: async (signal) =>
      look({
        platform,
        namespace,
        labelSelector,
        // Why there are no settings is what the check of the configuration says.
        inForce: await inForce().catch(() => undefined),
        env,
        userAgent,
        clock,
        signal,
      }),
  }));
}

/** Selects what a provider has made on the platform. */
function selectorOf(definition: Parameters<typeof controllersOf>[0]): string {
  return managedBy(controllersOf(definition));
}

function once<R>(make: () => Promise<R>): () => Promise<R> {
  let made: Promise<R> | undefined;
  return () => (made ??= make());
}
