import type { Clock } from "../../kube/clock.ts";
import type { ConfigMap, Secret } from "../../kube/core.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { DryRunChange } from "../../runtime/dry-run-client.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Log } from "../../runtime/log.ts";
import type { Look } from "../../runtime/named-informers.ts";
import { clusterRequests } from "../platform/kinds.ts";
import { tenantNamespace } from "../platform/names.ts";
import type { ProviderDefinition, Reading } from "../service/definition.ts";
import { problemsIn } from "../service/problems-in.ts";
import { leaderOf } from "../service/served.ts";
import { shardsInForce } from "../service/shards-in-force.ts";
import { shardKeyOf } from "../service/shards.ts";
import type { Report, ServiceObject } from "../service/status.ts";
import { type Input, lookIn, readInput, type Source } from "./input.ts";
import { readConfig, type ReadConfig } from "./read-settings.ts";
import { controlPlaneOf, type Known, Rehearsal } from "./rehearsal.ts";
import { unknownFields } from "./unknown-fields.ts";

/** An object that would be written. */
export type Placed = {
  /** `target` is the cluster of the installation: the tenant's control plane, or a workload cluster. */
  readonly cluster: "platform" | "target";
  readonly object: KubeObject;
};

/** What would be written for one object of an end user. */
export type RenderedObject<T> = {
  readonly object: T;
  readonly written: readonly Placed[];
  readonly reports: readonly Report[];
};

/** What a provider would do about the objects of some files. */
export type Rendering<T> = {
  readonly config: ReadConfig<unknown>["reports"];
  /** Names of the Secrets and ConfigMaps that are taken for granted. */
  readonly assumed: readonly string[];
  readonly ignored: readonly string[];
  /** Fields that an API server would drop. */
  readonly problems: readonly string[];
  readonly objects: AsyncIterable<RenderedObject<T>>;
};

/** What objects are rendered with. */
export type OfflineDeps = {
  readonly clock: Clock;
  readonly log: Log;
  /** Name of the ProviderConfig that counts, unless the files have only one. */
  readonly providerName: string;
  readonly namespace: string;
};

/**
 * Renders the objects that a provider would write for the objects of some files, without any cluster.
 *
 * Whatever the files do not have of the platform is taken for granted: the control planes, the access, and the Secrets
 * that the settings name.
 */
export function renderOffline<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  sources: readonly Source[],
  deps: OfflineDeps,
): Rendering<T> {
  let shards: readonly string[] = [];
  const rehearsal = new Rehearsal(definition, {
    ...deps,
    grants: true,
    shardKeyOf: (object) => shardKeyOf(object, { namespaceLabels: undefined, shards }),
  });
  const input = readInput(definition, rehearsal.watched, sources);
  const config = chooseConfig(input.configs, deps.providerName);
  shards = shardsInForce(definition, problemsIn(definition.crds))(config === undefined ? [] : [config]);
  const assumed: string[] = [];
  const { reading, reports } = readOffline(definition, input, { ...deps, assumed });
  return {
    config: reports,
    assumed,
    ignored: input.ignored,
    problems: [...input.configs, ...input.objects].flatMap((object) =>
      unknownFields(definition.crds, object).map(
        (field) => `${object.kind} ${keyOf(object)}: ${field}: found a field that the schema does not have`,
      ),
    ),
    objects: renderAll(definition, { rehearsal, input, reading }),
  };
}

type Rendered<T extends ServiceObject, C extends ServiceObject, S> = {
  readonly rehearsal: Rehearsal<T, C, S>;
  readonly input: Input<T, C>;
  readonly reading: Reading<S>;
};

async function* renderAll<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  { rehearsal, input, reading }: Rendered<T, C, S>,
): AsyncGenerator<RenderedObject<T>> {
  const platform = Map.groupBy(input.platform, ({ object }) => object.metadata.namespace ?? "");
  for (const objects of Map.groupBy(input.objects.map(inNamespace), keyOf).values()) {
    const object = leaderOf(objects);
    if (object !== undefined) {
      const { name, namespace = "" } = object.metadata;
      const known = platform.get(tenantNamespace(name, namespace)) ?? [];
      const done = await rehearsal.rehearse(object, reading, { platform: withControlPlane(object, known) });
      const hidden = definition.rehearsal?.bookkeeping ?? [];
      const written = [
        ...done.platform.flatMap((change) => placed("platform", change, hidden)),
        ...done.target.flatMap((change) => placed("target", change, hidden)),
      ];
      yield { object, written, reports: done.reports };
    }
  }
}

// As kubectl reads it.
function inNamespace<T extends KubeObject>(object: T): T {
  const { namespace = "default" } = object.metadata;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

function withControlPlane(object: KubeObject, known: readonly Known[]): readonly Known[] {
  const { name } = object.metadata;
  const isThere = known.some((one) => one.resource === clusterRequests && one.object.metadata.name === name);
  return isThere ? known : [...known, controlPlaneOf(object)];
}

function placed(
  cluster: Placed["cluster"],
  { applied, after }: DryRunChange,
  hidden: readonly string[],
): readonly Placed[] {
  const object = after && (applied ?? after);
  return object === undefined ? [] : [{ cluster, object: asWritten(object, hidden) }];
}

/** Returns an object without what its API server adds, and without annotations that nobody can know beforehand. */
export function asWritten(object: KubeObject, hidden: readonly string[]): KubeObject {
  const { apiVersion, kind, metadata, status: _status, ...content } = { status: undefined, ...object };
  const { name, namespace, labels, annotations = {}, finalizers } = metadata;
  const shown = Object.entries(annotations).filter(([annotation]) => !hidden.includes(annotation));
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels !== undefined && { labels }),
      ...(shown.length > 0 && { annotations: Object.fromEntries(shown) }),
      ...(finalizers !== undefined && { finalizers }),
    },
    ...content,
  };
}

/** Stands in messages for the name of a ProviderConfig that nobody has told. */
const UNNAMED = "<name of the ServiceProvider>";

function readOffline<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  { configs, secrets, configMaps, supplements }: Input<T, C>,
  { assumed, ...deps }: OfflineDeps & { readonly assumed: string[] },
): ReadConfig<S> {
  const config = chooseConfig(configs, deps.providerName);
  const { standIn } = definition.rehearsal ?? {};
  const look = <O extends KubeObject>(
    kind: "Secret" | "ConfigMap",
    objects: ReadonlyMap<string, O>,
    pick: (object: Secret & ConfigMap) => O,
  ) => {
    const known = new Map<string, Look<O>>();
    return (name: string): Look<O> => {
      const found = known.get(name) ?? lookIn(objects, name);
      if (found.state === "absent" && standIn !== undefined && config !== undefined) {
        assumed.push(`${kind}/${name}`);
        known.set(name, { state: "present", object: pick(standIn(kind, name, config)) });
      }
      return known.get(name) ?? found;
    };
  };
  return readConfig(definition, {
    ...deps,
    config,
    providerName: config?.metadata.name ?? (deps.providerName || UNNAMED),
    secret: look<Secret>("Secret", secrets, (object) => object),
    configMap: look<ConfigMap>("ConfigMap", configMaps, (object) => object),
    supplement: (name) => lookIn(supplements, name),
  });
}

/** Throws unless the files leave no doubt about the ProviderConfig that counts. */
export function chooseConfig<C extends ServiceObject>(configs: readonly C[], name: string): C | undefined {
  const [only, ...others] = configs;
  if (others.length === 0) {
    return only;
  }
  const named = leaderOf(configs.filter(({ metadata }) => metadata.name === name));
  if (named === undefined) {
    const found = configs.map(({ apiVersion, metadata }) => `${apiVersion} ${metadata.name}`).join(", ");
    throw new Error(
      `-f: found ${configs.length} ProviderConfigs (${found}), expected one, or ${name === "" ? "--provider-name to say which of them counts" : `one of the name "${name}"`}`,
    );
  }
  return named;
}
