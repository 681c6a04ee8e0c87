import { isDeepStrictEqual } from "node:util";

import { namespaces } from "../../kube/core.ts";
import { ForbiddenError, GoneError, unlessNotFound } from "../../kube/errors.ts";
import type { Labels } from "../../kube/label-selector.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { DryRunChange } from "../../runtime/dry-run-client.ts";
import { keyOf } from "../../runtime/key.ts";
import { tenantNamespace } from "../platform/names.ts";
import { type ProviderDefinition, type Reading, servedResources } from "../service/definition.ts";
import { requestedOperation } from "../service/operation.ts";
import { problemsIn } from "../service/problems-in.ts";
import { leaderOf } from "../service/served.ts";
import { shardsInForce } from "../service/shards-in-force.ts";
import { SHARD_LABEL, shardKeyOf } from "../service/shards.ts";
import type { Report, ServiceObject } from "../service/status.ts";
import { byNamespace, NamespaceReader } from "./by-namespace.ts";
import { changedTo } from "./changed-to.ts";
import { readInput, type Source } from "./input.ts";
import { Finder, type Live } from "./live.ts";
import { findConfig, nextConfig, readLive } from "./live-config.ts";
import { type Known, Rehearsal, type Watched } from "./rehearsal.ts";

/** What would become of one tenant. */
export type ComparedTenant = {
  readonly object: KubeObject;
  /** How many objects of each kind are looked at. */
  readonly counts: ReadonlyMap<string, number>;
  readonly platform: readonly DryRunChange[];
  /** Compared with what the present settings have on the cluster of the installation: nobody has looked there. */
  readonly target: readonly DryRunChange[];
  readonly reports: readonly Report[];
};

/** What a changed configuration would do to the tenants of a platform. */
export type LiveComparison = {
  /** How the ProviderConfig would be. */
  readonly config: readonly Report[];
  /** Whether the settings are not valid. */
  readonly isRefused: boolean;
  /** Whether the settings would change nothing, because they are refused or the operator has them ignored. */
  readonly isInert: boolean;
  readonly total: number;
  readonly tenants: AsyncIterable<ComparedTenant>;
};

/**
 * Compares the objects of all tenants with those that a provider would write with the objects of the files in place;
 * without files, with those that it would write now.
 *
 * Of the tenants' objects no more than a page of each kind is held at a time.
 */
export async function compareLive<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  live: Live,
  sources: readonly Source[],
): Promise<LiveComparison> {
  const finder = new Finder(live);
  const [objects, present, labelsOf] = await Promise.all([
    readObjects(definition, live),
    findConfig(definition, live),
    readNamespaceLabels(live),
  ]);
  let shards: readonly string[] = [];
  const rehearsal = new Rehearsal(definition, {
    ...live,
    grants: false,
    shardKeyOf: (object) =>
      shardKeyOf(object, { namespaceLabels: labelsOf.get(object.metadata.namespace ?? ""), shards }),
    find: (resource, ref) => finder.find(resource, ref),
  });
  const input = readInput(definition, rehearsal.watched, sources);
  const config = nextConfig(definition, input, { present, providerName: live.providerName });
  shards = shardsInForce(definition, problemsIn(definition.crds))(config === undefined ? [] : [config]);
  const now = await readLive(definition, { config: present, live });
  const next = sources.length === 0 ? now : await readLive(definition, { config, live, input });
  const wanted = overlay(objects, input.objects);
  return {
    config: isIgnored(config) ? [IGNORED] : next.reports,
    isRefused: next.isRefused,
    isInert: next.isRefused || isIgnored(config),
    total: wanted.length,
    tenants:
      next.isRefused || isIgnored(config)
        ? noTenants()
        : compareAll({ rehearsal, live, objects: wanted, now: now.reading, next: next.reading }),
  };
}

/** Labels of the namespaces that have a shard key. Who may not read them sees no such key. */
async function readNamespaceLabels({ onboarding, signal }: Live): Promise<ReadonlyMap<string, Labels>> {
  try {
    const { items } = await onboarding.list(namespaces, { labelSelector: SHARD_LABEL, signal });
    return new Map(items.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  } catch (error) {
    if (error instanceof ForbiddenError) {
      return new Map();
    }
    throw error;
  }
}

const IGNORED: Report = {
  type: "Accepted",
  state: "waiting",
  reason: "Ignored",
  message: "the operation annotation of the ProviderConfig says ignore: everything stays as it is",
};

function isIgnored(config: KubeObject | undefined): boolean {
  return config !== undefined && requestedOperation(config) === "ignore";
}

async function* noTenants(): AsyncGenerator<ComparedTenant> {
  // Nothing is compared.
}

type Comparing<T extends ServiceObject, C extends ServiceObject, S> = {
  readonly rehearsal: Rehearsal<T, C, S>;
  readonly live: Live;
  readonly objects: readonly T[];
  readonly now: Reading<S>;
  readonly next: Reading<S>;
};

async function* compareAll<T extends ServiceObject, C extends ServiceObject, S>({
  rehearsal,
  live,
  objects,
  now,
  next,
}: Comparing<T, C, S>): AsyncGenerator<ComparedTenant> {
  const readers = rehearsal.watched.map(({ resource, selection }) => ({
    resource,
    reader: new NamespaceReader(resource.plural, pagesOf(live, { resource, selection })),
  }));
  const inOrder = objects
    .map((object) => ({ object, namespace: namespaceOf(object) }))
    .toSorted((one, other) => byNamespace(one.namespace, other.namespace));
  for (const { object, namespace } of inOrder) {
    const taken = await Promise.all(
      readers.map(async ({ resource, reader }) =>
        (await reader.take(namespace)).map((found): Known => ({ resource, object: found })),
      ),
    );
    const platform = taken.flat();
    const counts = new Map(
      Map.groupBy(platform, ({ resource }) => resource.kind)
        .entries()
        .map(([kind, known]) => [kind, known.length]),
    );
    const first = await rehearsal.rehearse(object, next, { platform });
    const done = first.isTargetVisited
      ? await rehearsal.rehearse(object, next, {
          platform,
          target: await onTarget(rehearsal, object, { now, platform }),
        })
      : first;
    yield { object, counts, ...done };
  }
}

/** What the present settings have on the cluster of an installation. */
async function onTarget<T extends ServiceObject, C extends ServiceObject, S>(
  rehearsal: Rehearsal<T, C, S>,
  object: T,
  { now, platform }: { readonly now: Reading<S>; readonly platform: readonly Known[] },
): Promise<readonly Known[]> {
  const { target } = await rehearsal.rehearse(object, now, { platform });
  return target.flatMap(({ resource, after }) => (after === undefined ? [] : [{ resource, object: after }]));
}

function namespaceOf({ metadata: { name, namespace = "" } }: KubeObject): string {
  return tenantNamespace(name, namespace);
}

async function* pagesOf(
  { platform, signal }: Live,
  { resource, selection }: Watched,
): AsyncGenerator<readonly KubeObject[]> {
  try {
    for await (const { items } of platform.pages(resource, { ...selection, signal })) {
      yield items;
    }
  } catch (error) {
    if (error instanceof GoneError) {
      throw new Error(
        `the API server has forgotten the state in which ${resource.plural} were listed, which takes minutes: try again`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** The objects that lead, without what nobody looks at here. */
async function readObjects<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  live: Live,
): Promise<readonly T[]> {
  const kinds = servedResources(definition).map(({ resource }) => resource);
  const lists = await Promise.all(kinds.map((resource) => unlessNotFound(readKind(live, resource))));
  if (lists.every((list) => list === undefined)) {
    const names = kinds.map(({ plural, group }) => `${plural}.${group}`).join(" or ");
    throw new Error(`expected an onboarding cluster that serves ${names}, found none of them: run "init" first`);
  }
  const byKey = Map.groupBy(
    lists.flatMap((list) => list ?? []),
    keyOf,
  );
  return byKey
    .values()
    .map((objects) => leaderOf(objects))
    .filter((object) => object !== undefined)
    .toArray();
}

async function readKind<T extends ServiceObject>(
  { onboarding, signal }: Live,
  resource: Resource<T>,
): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const { items } of onboarding.pages(resource, { signal })) {
    found.push(...items.map(withoutManagedFields));
  }
  return found;
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** The objects on the cluster, with those of the files in place. */
function overlay<T extends ServiceObject>(objects: readonly T[], written: readonly T[]): readonly T[] {
  const all = new Map(objects.map((object) => [keyOf(object), object]));
  for (const object of written) {
    const present = all.get(keyOf(object));
    all.set(keyOf(object), present === undefined ? object : changedTo(present, object, isSameSpec(present, object)));
  }
  return [...all.values()];
}

function isSameSpec(one: KubeObject, other: KubeObject): boolean {
  return isDeepStrictEqual(specOf(one), specOf(other));
}

function specOf(object: KubeObject): unknown {
  return "spec" in object ? object.spec : undefined;
}
