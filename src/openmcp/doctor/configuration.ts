import type { KubeClient } from "../../kube/client.ts";
import { configMaps, secrets } from "../../kube/core.ts";
import { ForbiddenError, NotFoundError } from "../../kube/errors.ts";
import { isRecord } from "../../kube/json.ts";
import type { KubeObject } from "../../kube/object.ts";
import { groupOf, type Resource } from "../../kube/resource.ts";
import { findCondition } from "../../runtime/conditions.ts";
import { StalledError } from "../../runtime/errors.ts";
import type { Look } from "../../runtime/named-informers.ts";
import { crdProblems } from "../platform/crd-problems.ts";
import {
  type ProviderDefinition,
  servedResources,
  type SettingsInForce,
  type Sighting,
} from "../service/definition.ts";
import type { NamelessFinding } from "../service/finding.ts";
import { leaderOf } from "../service/served.ts";
import type { ServiceObject } from "../service/status.ts";
import { ok } from "./check.ts";

/** The ProviderConfig that counts, as `run` would read it. */
export type Configuration<C, S> = {
  /** All of its name, in the order of their groups: one counts. */
  readonly configs: readonly C[];
  /** Undefined when the ProviderConfig is missing or not valid. */
  readonly inForce: SettingsInForce<S> | undefined;
  readonly findings: readonly NamelessFinding[];
};

type Deps = {
  readonly platform: KubeClient;
  readonly providerName: string;
  readonly namespace: string;
  readonly signal: AbortSignal;
};

/** Reads the ProviderConfig that counts and all that it names. */
export async function readConfiguration<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  deps: Deps,
): Promise<Configuration<C, S>> {
  const configs = await findConfigs(definition, deps);
  const config = leaderOf(configs);
  if (config === undefined) {
    const found = `ProviderConfig "${deps.providerName}" does not exist`;
    const advice = "create it: docs/configuration.md shows the smallest one";
    return {
      configs,
      inForce: undefined,
      findings: [{ level: "failed", found, expected: "one ProviderConfig", advice }],
    };
  }
  try {
    const settings = readChecked(definition, config);
    const { inForce, missing } = await readNamed({ definition, config, settings }, deps);
    return { configs, inForce, findings: [...judgeConfig(config, definition.name), ...missing] };
  } catch (error) {
    if (!(error instanceof StalledError)) {
      throw error;
    }
    const found = `ProviderConfig "${deps.providerName}" is not valid: ${error.message}`;
    const advice = `kubectl edit providerconfig.${groupOf(config.apiVersion)} ${deps.providerName}`;
    return { configs, inForce: undefined, findings: [{ level: "failed", found, advice }] };
  }
}

async function findConfigs<C extends ServiceObject>(
  definition: Pick<ProviderDefinition<ServiceObject, C, never>, "configResource" | "earlier"> & {
    readonly resource: Resource;
  },
  { platform, providerName: name, signal }: Deps,
): Promise<readonly C[]> {
  const kinds = [definition.configResource, ...(definition.earlier ?? []).map((kinds_) => kinds_.configResource)];
  // No object of a kind that is not served.
  const found = await Promise.all(kinds.map((resource) => platform.find(resource, { name }, signal)));
  return found.filter((object) => object !== undefined);
}

function readChecked<T extends ServiceObject, C extends ServiceObject, S>(
  { crds, settings, ...kinds }: ProviderDefinition<T, C, S>,
  config: C,
): S {
  const served = servedResources(kinds).find(
    ({ configResource }) => configResource.group === groupOf(config.apiVersion),
  );
  const crd = crds.find(
    ({ spec }) => spec.group === served?.configResource.group && spec.names.kind === served.configResource.kind,
  );
  const problems = crd === undefined ? [] : crdProblems(crd)(config);
  if (problems.length > 0) {
    throw new StalledError("InvalidProviderConfig", problems.join("; "));
  }
  return settings.read(config);
}

type Read<T extends ServiceObject, C extends ServiceObject, S> = {
  readonly definition: ProviderDefinition<T, C, S>;
  readonly config: C;
  readonly settings: S;
};

async function readNamed<T extends ServiceObject, C extends ServiceObject, S>(
  { definition: { settings: reader }, config, settings }: Read<T, C, S>,
  deps: Deps,
): Promise<{ readonly inForce: SettingsInForce<S>; readonly missing: readonly NamelessFinding[] }> {
  const { namespace } = deps;
  const [named, maps] = await Promise.all([
    lookAll(secrets, reader.secretsOf?.(settings) ?? new Set(), deps),
    lookAll(configMaps, reader.configMapsOf?.(settings) ?? new Set(), deps),
  ]);
  const { supplement } = reader;
  const name = supplement?.nameOf(settings);
  const completed =
    supplement === undefined || name === undefined
      ? { settings }
      : supplement.complete(settings, await sight(supplement, name, deps), { config });
  const { problem } = { problem: undefined, ...completed };
  const inForce: SettingsInForce<S> = {
    settings: completed.settings,
    revision: "",
    operator: {
      namespace,
      secret: (each) => named.get(each) ?? { state: "unknown" },
      configMap: (each) => maps.get(each) ?? { state: "unknown" },
    },
  };
  const missing = [...missingOf("Secret", named, namespace), ...missingOf("ConfigMap", maps, namespace)];
  return {
    inForce,
    missing: problem === undefined ? missing : [...missing, { level: "warning", found: problem.message }],
  };
}

async function lookAll<O extends KubeObject>(
  resource: Resource<O>,
  names: ReadonlySet<string>,
  { platform, namespace, signal }: Deps,
): Promise<ReadonlyMap<string, Look<O>>> {
  const looks = await Promise.all(
    Array.from(names, async (name): Promise<readonly [string, Look<O>]> => {
      // `run` may list and watch them one by one, and nothing more.
      const fieldSelector = `metadata.name=${name}`;
      const look = await readable(platform.list(resource, { namespace, fieldSelector, signal }));
      const [object] = look?.items ?? [];
      return [
        name,
        look === undefined ? { state: "unknown" } : object ? { state: "present", object } : { state: "absent" },
      ];
    }),
  );
  return new Map(looks);
}

async function sight<C extends ServiceObject, S>(
  { resource, project }: NonNullable<ProviderDefinition<ServiceObject, C, S>["settings"]["supplement"]>,
  name: string,
  deps: Deps,
): Promise<Sighting<KubeObject>> {
  const { namespace } = deps;
  const looks = await lookAll(resource, new Set([name]), deps).catch((error: unknown) => {
    if (error instanceof NotFoundError) {
      return new Map<string, Look<KubeObject>>([[name, { state: "absent" }]]);
    }
    throw error;
  });
  const look = looks.get(name) ?? { state: "absent" };
  switch (look.state) {
    case "present":
      return { namespace, state: "present", object: project(look.object) };
    case "absent":
      return { namespace, state: "absent" };
    case "unknown":
      return { namespace, state: "unreadable", why: "this account may not read it" };
  }
}

async function readable<R>(reading: Promise<R>): Promise<R | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ForbiddenError) {
      return undefined;
    }
    throw error;
  }
}

function missingOf(
  kind: string,
  looks: ReadonlyMap<string, Look<KubeObject>>,
  namespace: string,
): readonly NamelessFinding[] {
  return [...looks].flatMap(([name, { state }]): readonly NamelessFinding[] => {
    switch (state) {
      case "present":
        return [];
      case "absent": {
        const found = `the ProviderConfig names ${kind} "${name}", which does not exist in namespace "${namespace}"`;
        return [{ level: "failed", found, advice: `kubectl -n ${namespace} create ${kind.toLowerCase()} … ${name}` }];
      }
      case "unknown": {
        const found = `the ProviderConfig names ${kind} "${name}", which this account may not read`;
        return [{ level: "unknown", found }];
      }
    }
  });
}

/** Says whether `run` has the settings in force, and how the tenants are, from the status of the ProviderConfig. Pure. */
export function judgeConfig(config: ServiceObject, program: string): readonly NamelessFinding[] {
  const { name, generation } = config.metadata;
  const { status } = config;
  const accepted = findCondition(status?.conditions, "Accepted");
  if (accepted === undefined || status?.observedGeneration !== generation) {
    return [
      {
        level: "warning",
        found: `run has not looked at ProviderConfig "${name}" since it was changed`,
        expected: "a status for the present generation within seconds",
        advice: "see whether run is there and leads: the checks leader and replicas",
      },
    ];
  }
  if (accepted.status !== "True") {
    const found = `ProviderConfig "${name}" is not in force as it is: ${accepted.reason}: ${accepted.message}`;
    return [{ level: "failed", found, advice: "correct the field; until then, the last good settings are in force" }];
  }
  return [ok(`ProviderConfig "${name}" is in force`), ...judgeTenants(status, program)];
}

function judgeTenants(status: unknown, program: string): readonly NamelessFinding[] {
  const counts = isRecord(status) && isRecord(status["tenants"]) ? status["tenants"] : {};
  const [total, ready, failing] = ["total", "ready", "failing"].map((name) => Number(counts[name] ?? 0));
  if (total === undefined || total === 0) {
    return [];
  }
  return failing === undefined || failing === 0
    ? [ok(`${ready} of ${total} tenants are Ready, and none is failing`)]
    : [
        {
          level: "warning",
          found: `${failing} of ${total} tenants are failing`,
          expected: "none",
          advice: `${program} status --failing`,
        },
      ];
}
