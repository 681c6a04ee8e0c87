import type { KubeClient } from "../../kube/client.ts";
import { type Lease, leases, namespaces } from "../../kube/core.ts";
import { NotFoundError } from "../../kube/errors.ts";
import { type Labels, parseLabelSelector } from "../../kube/label-selector.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { keyOf } from "../../runtime/key.ts";
import { type ProviderDefinition, servedResources } from "../service/definition.ts";
import type { NamelessFinding } from "../service/finding.ts";
import { problemsIn } from "../service/problems-in.ts";
import { leaderOf } from "../service/served.ts";
import { shardsInForce } from "../service/shards-in-force.ts";
import { labelsForSelector, leaseName, SHARD_LABEL, shardKeyOf } from "../service/shards.ts";
import type { ServiceObject } from "../service/status.ts";
import { describeUnserved, HOW_TO_SERVE, type LeaseOwner, selectorOf, unservedAmong } from "../service/unserved.ts";
import { ok } from "./check.ts";
import { holderOf, isHeldAt } from "./replicas.ts";

/** The Leases of a provider at one moment. */
type LeasesSight = LeaseOwner & {
  readonly leases: readonly Lease[];
  readonly namespace: string;
  readonly nowMs: number;
};

/** Which selectors processes serve. Empty where each process serves all tenants. Pure. */
function servedSelectors(sight: LeasesSight): readonly OfSelector[] {
  const shards = ofSelectors(sight).filter(([, lease]) => isHeldAt(lease, sight.nowMs));
  const main = heldMain(sight);
  // A process without selector holds this one Lease only.
  const isMainAlone = main !== undefined && shards.every(([, lease]) => holderOf(lease) !== holderOf(main));
  return isMainAlone ? [] : shards;
}

/** A selector, and the Lease of the processes that serve it. */
type OfSelector = readonly [selector: string, lease: Lease];

function ofSelectors({ leases: all, ...owner }: LeasesSight): readonly OfSelector[] {
  return all.flatMap((lease) => {
    const selector = selectorOf(lease, owner);
    return selector === undefined ? [] : [[selector.text, lease] as const];
  });
}

/** The Lease that the process that does what is done once for all tenants holds; undefined while nobody does. */
function heldMain({ leases: all, providerName, nowMs }: LeasesSight): Lease | undefined {
  return all.find((lease) => lease.metadata.name === leaseName(providerName) && isHeldAt(lease, nowMs));
}

/** Says whether processes that shared the tenants are all gone, and nobody is known to be in their place. Pure. */
function judgeNobody(sight: LeasesSight): readonly NamelessFinding[] {
  const names = ofSelectors(sight).map(([text]) => text);
  return heldMain(sight) !== undefined || names.length === 0
    ? []
    : [
        {
          level: "warning",
          found: `nobody holds the Lease of any selector any more: ${names.toSorted().join("; ")}`,
          expected: "a process for each selector, or one without selector for all tenants",
          advice:
            `kubectl -n ${sight.namespace} get deployments,pods,leases; ` +
            "delete the Leases of selectors that are not used any more",
        },
      ];
}

/** Says whether each tenant has a process that serves it. Pure. */
export function judgeShards(tenants: readonly Labels[], sight: LeasesSight): readonly NamelessFinding[] {
  const served = servedSelectors(sight);
  if (served.length === 0) {
    return judgeNobody(sight);
  }
  const names = served.map(([text]) => text).toSorted();
  const unserved = unservedAmong(
    tenants,
    served.map(([text]) => parseLabelSelector(text)),
  );
  return unserved.length === 0
    ? [ok(`every tenant has a process that serves it, by one of these selectors: ${names.join("; ")}`)]
    : [
        {
          level: "failed",
          found: describeUnserved(unserved),
          expected: `tenants that one of these selectors matches: ${names.join("; ")}`,
          advice: HOW_TO_SERVE,
        },
      ];
}

/** What is looked at, beside the Leases. */
type ShardsDeps<C> = {
  readonly platform: KubeClient;
  readonly onboarding: KubeClient;
  readonly namespace: string;
  readonly providerName: string;
  /** The ProviderConfigs of the provider's name, in the order of their groups. */
  readonly configs: () => Promise<readonly C[]>;
  readonly nowMs: number;
  readonly signal: AbortSignal;
};

/** Looks for tenants that no process serves. Only where processes share the tenants, these are listed. */
export async function lookAtShards<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  { platform, onboarding, namespace, providerName, configs, nowMs, signal }: ShardsDeps<C>,
): Promise<readonly NamelessFinding[]> {
  const { items } = await platform.list(leases, { namespace, signal });
  const sight = { leases: items, namespace, providerName, group: definition.resource.group, nowMs };
  if (servedSelectors(sight).length === 0) {
    return judgeNobody(sight);
  }
  const kinds = servedResources(definition).map(({ resource }) => resource);
  const [keyed, settings, ...objects] = await Promise.all([
    onboarding.list(namespaces, { labelSelector: SHARD_LABEL, signal }),
    configs(),
    ...kinds.map((resource) => listLabels(onboarding, resource, signal)),
  ]);
  const shards = shardsInForce(definition, problemsIn(definition.crds))(settings);
  const labelsOf = new Map(keyed.items.map(({ metadata }) => [metadata.name, metadata.labels]));
  const tenants = Map.groupBy(objects.flat(), keyOf)
    .values()
    .map((all) => leaderOf(all))
    .filter((leader) => leader !== undefined)
    .map((leader) => {
      const namespaceLabels = labelsOf.get(leader.metadata.namespace ?? "");
      return labelsForSelector(leader, shardKeyOf(leader, { namespaceLabels, shards }));
    })
    .toArray();
  return judgeShards(tenants, sight);
}

async function listLabels(client: KubeClient, resource: Resource, signal: AbortSignal): Promise<readonly KubeObject[]> {
  try {
    return (await client.list(resource, { signal, keep: onlyMetadata })).items;
  } catch (error) {
    if (error instanceof NotFoundError) {
      return [];
    }
    throw error;
  }
}

function onlyMetadata({ apiVersion, kind, metadata: { managedFields: _, ...metadata } }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata };
}
