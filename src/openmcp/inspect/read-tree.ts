import type { KubeClient } from "../../kube/client.ts";
import { events } from "../../kube/core.ts";
import { withDeadline } from "../../kube/deadline.ts";
import { ForbiddenError } from "../../kube/errors.ts";
import type { Selection } from "../../kube/list.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import { isObjectOf, type Resource } from "../../kube/resource.ts";
import { describeError } from "../command/describe-error.ts";
import type { Reader } from "../command/reader.ts";
import { accessRequests, type AccessRequest, clusterRequests } from "../platform/kinds.ts";
import { accessState, isOurs, tenantFor, tenantNames, type TenantNames } from "../platform/tenant-access.ts";
import { controllersOf, servedResources } from "../service/definition.ts";
import type { InspectedKind } from "../service/inspection.ts";
import type { ServiceObject } from "../service/status.ts";
import { arrangeTree, type Found, type FoundKind, type Seen } from "./arrange-tree.ts";
import type { TenantRow } from "./tenant-row.ts";
import type { TreeNode } from "./tree.ts";

/** A cluster that does not answer by then is left out of the tree. */
const CLUSTER_TIMEOUT_MS = 5_000;
/** Objects of a kind on one tenant's cluster that are looked at. */
const MOST_OBJECTS = 500;

/** What a tree is read with. */
export type TreeReader = Pick<Reader, "program" | "platform" | "onboarding" | "visit" | "clock" | "signal">;

/** Reads the tree of one tenant. Whatever a cluster does not tell becomes a part of the tree: never throws for that. */
export async function readTree(reader: TreeReader, row: TenantRow): Promise<TreeNode> {
  const { program } = reader;
  const [order, platform] = await Promise.all([readOrders(reader, row), readPlatform(reader, row.platformNamespace)]);
  const names = namesOf(reader, row, targetOf(reader, platform.kinds));
  const target = await readTarget(reader, names, platform.accessRequests);
  return arrangeTree({
    rules: program,
    row,
    names,
    orders: order.objects,
    clusterRequests: platform.clusterRequests,
    accessRequests: platform.accessRequests,
    platform: platform.kinds,
    target: target.kinds,
    events: { onboarding: order.events, platform: platform.events, target: target.events },
  });
}

function namesOf({ program }: TreeReader, row: TenantRow, target: TenantNames["target"]): TenantNames {
  const { group, namespace, name } = row;
  return tenantNames(
    tenantFor({ apiVersion: `${group}/`, kind: "", metadata: { namespace, name } }, controllersOf(program)),
    target,
  );
}

async function readOrders(
  reader: TreeReader,
  { name, namespace, group }: TenantRow,
): Promise<{ readonly objects: readonly ServiceObject[]; readonly events: Seen["events"]["onboarding"] }> {
  const client = await reader.onboarding();
  const kinds = servedResources(reader.program).map(({ resource }) => resource);
  const ordered = kinds.toSorted((one, other) => Number(other.group === group) - Number(one.group === group));
  const fieldSelector = `metadata.name=${name}`;
  const [lists, found] = await Promise.all([
    Promise.all(ordered.map((resource) => look(reader, client, { resource, namespace, fieldSelector }))),
    look(reader, client, { resource: events, namespace, fieldSelector: `involvedObject.name=${name}` }),
  ]);
  return { objects: lists.flatMap((list) => ("objects" in list ? list.objects : [])), events: found };
}

async function readPlatform(
  reader: TreeReader,
  namespace: string,
): Promise<
  Pick<Seen, "clusterRequests" | "accessRequests"> & { kinds: readonly FoundKind[]; events: Seen["events"]["platform"] }
> {
  const { platform, program } = reader;
  const lookFor = <T extends KubeObject>(resource: Resource<T>): Promise<Found<T>> =>
    look(reader, platform, { resource, namespace });
  const [clusters, accesses, kinds, found] = await Promise.all([
    lookFor(clusterRequests),
    lookFor(accessRequests),
    lookForKinds(program.inspection?.platform ?? [], (kind) => look(reader, platform, { ...kind, namespace })),
    lookFor(events),
  ]);
  return { clusterRequests: clusters, accessRequests: accesses, kinds, events: found };
}

async function readTarget(
  reader: TreeReader,
  names: TenantNames,
  requests: Found<AccessRequest>,
): Promise<{ readonly kinds: Seen["target"]; readonly events: Seen["events"]["target"] }> {
  const { inspection } = reader.program;
  const { clock, signal } = reader;
  const none = { objects: [] };
  const secret = "objects" in requests ? grantedSecret(requests.objects, names) : undefined;
  if (inspection === undefined || secret === undefined) {
    return { kinds: [], events: none };
  }
  try {
    return await withDeadline({ clock, timeoutMs: CLUSTER_TIMEOUT_MS, signal }, (ended) =>
      reader.visit(secret, async (client, visit) => {
        const within = { ...reader, signal: AbortSignal.any([ended, visit]) };
        // Without an answer to this, every list would only repeat why there is none.
        await client.version(within.signal);
        const namespace = inspection.target.find((kind) => kind.namespace !== undefined)?.namespace;
        const [kinds, found] = await Promise.all([
          lookForKinds(inspection.target, (kind) => look(within, client, kind)),
          look(within, client, { resource: events, namespace }),
        ]);
        return { kinds, events: found };
      }),
    );
  } catch (error) {
    signal.throwIfAborted();
    return { kinds: { failure: describeError(error) }, events: none };
  }
}

/** Finds the Secret with the kubeconfig of the cluster that has a tenant's installation. Throws when there is no access. */
export async function readAccess(
  reader: TreeReader,
  row: TenantRow,
): Promise<{ readonly cluster: TenantNames["target"]; readonly secret: ObjectRef }> {
  const { kinds, accessRequests: requests } = await readPlatform(reader, row.platformNamespace);
  const names = namesOf(reader, row, targetOf(reader, kinds));
  const secret = "objects" in requests ? grantedSecret(requests.objects, names) : undefined;
  if (secret === undefined) {
    throw new Error(`there is no access to the cluster of "${row.name}" in namespace "${row.platformNamespace}"`);
  }
  return { cluster: names.target, secret };
}

function targetOf({ program }: TreeReader, kinds: readonly FoundKind[]): TenantNames["target"] {
  const objects = kinds.flatMap(({ found }) => ("objects" in found ? found.objects : []));
  return program.inspection?.targetOf?.(objects) ?? "mcp";
}

function grantedSecret(requests: readonly AccessRequest[], names: TenantNames): ObjectRef | undefined {
  const own = requests.filter((request) => names.accessLabels.some((labels) => isOurs(request, labels)));
  const granted = own.map(accessState).find(({ state }) => state === "granted");
  return granted?.state === "granted" ? { namespace: names.namespace, name: granted.secretName } : undefined;
}

async function lookForKinds(
  kinds: readonly InspectedKind[],
  lookFor: (kind: InspectedKind) => Promise<Found>,
): Promise<readonly FoundKind[]> {
  return Promise.all(kinds.map(async (kind) => ({ kind, found: await lookFor(kind) })));
}

type Collection<T extends KubeObject> = Selection & { readonly resource: Resource<T>; readonly isBare?: boolean };

async function look<T extends KubeObject>(
  { clock, signal }: Pick<TreeReader, "clock" | "signal">,
  client: KubeClient,
  { resource, isBare, namespace, labelSelector, fieldSelector }: Collection<T>,
): Promise<Found<T>> {
  const selection = { namespace, labelSelector, fieldSelector };
  const read = async (ended: AbortSignal): Promise<{ readonly items: readonly KubeObject[] }> =>
    isBare === true
      ? client.listMetadata(resource, { ...selection, limit: MOST_OBJECTS, signal: ended })
      : client.list(resource, { ...selection, signal: ended });
  try {
    const { items } = await withDeadline({ clock, timeoutMs: CLUSTER_TIMEOUT_MS, signal }, read);
    return { objects: items.filter((item) => isObjectOf(resource, item)) };
  } catch (error) {
    signal.throwIfAborted();
    const isForbidden = error instanceof ForbiddenError;
    return { failure: isForbidden ? `this access may not list ${resource.plural}` : describeError(error) };
  }
}
