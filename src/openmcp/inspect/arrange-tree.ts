import type { Event } from "../../kube/core.ts";
import { isTerminating, type Condition, type KubeObject } from "../../kube/object.ts";
import { maskSecrets } from "../../runtime/mask-secrets.ts";
import type { AccessRequest, ClusterRequest } from "../platform/kinds.ts";
import { isManaged } from "../platform/ownership.ts";
import { accessState, clusterState, type TenantNames } from "../platform/tenant-access.ts";
import type { InspectedKind, Judgement } from "../service/inspection.ts";
import type { ServiceObject } from "../service/status.ts";
import { type HolderRules, holdDetails } from "./holders.ts";
import type { TenantRow } from "./tenant-row.ts";
import type { ClusterRole, EventLine, NodeState, TreeNode } from "./tree.ts";

/** What a cluster has of one kind, or why it does not tell. */
export type Found<T extends KubeObject = KubeObject> =
  | { readonly objects: readonly T[] }
  | { readonly failure: string };

/** What was found of a kind that an installation can have. */
export type FoundKind = { readonly kind: InspectedKind; readonly found: Found };

/** Everything that the tree of one tenant is made of, as it was found on the clusters. */
export type Seen = {
  readonly rules: HolderRules;
  readonly row: TenantRow;
  /** The objects of the tenant, the one that leads first. */
  readonly orders: readonly ServiceObject[];
  /** Of the cluster that has the installation. */
  readonly names: TenantNames;
  readonly clusterRequests: Found<ClusterRequest>;
  readonly accessRequests: Found<AccessRequest>;
  readonly platform: readonly FoundKind[];
  readonly target: readonly FoundKind[] | { readonly failure: string };
  readonly events: Readonly<Record<"onboarding" | "platform" | "target", Found<Event>>>;
};

/** Makes the tree of one tenant. Pure. */
export function arrangeTree(seen: Seen): TreeNode {
  const { row, orders, rules } = seen;
  const [order, ...followers] = orders;
  const events = eventsOf(seen.events.onboarding);
  const parts = [...accessNodes(seen), ...platformNodes(seen)];
  const last = parts.at(-1);
  const below = targetNodes(seen);
  const children = last === undefined ? below : [...parts.slice(0, -1), { ...last, children: below }];
  const top: TreeNode = {
    cluster: "onboarding",
    kind: rules.resource.kind,
    namespace: row.namespace,
    name: row.name,
    state: stateOfRow(row),
    message: row.message,
    ...(row.installed !== undefined && { version: row.installed }),
    ...(row.since !== undefined && { since: row.since }),
    ...(row.createdAt !== undefined && { createdAt: row.createdAt }),
    details: masked({ ...rowDetails(row, order), ...(order && holdDetails(order, rules)), ...eventFailures(seen) }),
    events: order === undefined ? [] : events(order),
    children,
  };
  return { ...top, children: [...followers.map((follower) => followerNode(follower, seen)), ...top.children] };
}

function stateOfRow({ isFailing, phase }: TenantRow): NodeState {
  return isFailing ? "failed" : phase === "Ready" ? "ready" : "waiting";
}

function rowDetails(row: TenantRow, order: ServiceObject | undefined): Readonly<Record<string, string>> {
  const { wanted, platformNamespace, reason } = row;
  const conditions = order?.status?.conditions ?? [];
  const others = conditions.filter(({ type, status }) => type !== "Ready" && status !== "True");
  return {
    ...(row.phase !== "Ready" && { reason }),
    ...(wanted !== undefined && wanted !== row.installed && { "asks for version": wanted }),
    "platform namespace": platformNamespace,
    ...Object.fromEntries(others.map((condition) => [condition.type, sayCondition(condition, row.message)])),
  };
}

function sayCondition({ reason, message }: Condition, saidAlready: string): string {
  return message === saidAlready ? reason : `${reason}: ${message}`;
}

function followerNode(follower: ServiceObject, { rules, events }: Seen): TreeNode {
  const message = follower.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
  const judgement: Judgement = { state: "waiting", message, details: { "API group": follower.apiVersion } };
  return nodeOf(follower, judgement, { cluster: "onboarding", rules, events: eventsOf(events.onboarding) });
}

type Place = {
  readonly cluster: ClusterRole;
  readonly rules: HolderRules;
  readonly events: (object: KubeObject) => readonly EventLine[];
};

/** Makes the node of one object, however that was judged. Pure. */
function nodeOf(
  object: KubeObject,
  judged: Omit<Judgement, "state"> & { readonly state: NodeState },
  place: Place,
): TreeNode {
  const { name, namespace, creationTimestamp } = object.metadata;
  const isReadyToGo = isTerminating(object) && judged.state === "ready";
  const details = { ...judged.details, ...holdDetails(object, place.rules) };
  return {
    cluster: place.cluster,
    kind: object.kind,
    ...(namespace !== undefined && { namespace }),
    name,
    ...judged,
    state: isReadyToGo ? "waiting" : judged.state,
    message: maskSecrets(judged.message),
    ...(creationTimestamp !== undefined && { createdAt: creationTimestamp }),
    ...(Object.keys(details).length > 0 && { details: masked(details) }),
    events: place.events(object),
    children: [],
  };
}

function masked(details: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, maskSecrets(value)]));
}

function placeOf(seen: Seen, cluster: ClusterRole): Place {
  const from = cluster === "onboarding" || cluster === "platform" ? cluster : "target";
  return { cluster, rules: seen.rules, events: eventsOf(seen.events[from]) };
}

function accessNodes(seen: Seen): readonly TreeNode[] {
  const { names, rules, row } = seen;
  const place = placeOf(seen, "platform");
  const { clusterRequest, controlPlane, accessRequest } = names;
  const wanted = new Set([clusterRequest.name, controlPlane.name]);
  const isEnding = row.phase === "Terminating";
  const clusters = nodesOfKind(seen.clusterRequests, {
    place,
    kind: "ClusterRequest",
    needed: [controlPlane.name],
    isEnding,
    namespace: names.namespace,
    judge: (request: ClusterRequest) =>
      wanted.has(request.metadata.name) ? fromAccess(clusterState(request)) : undefined,
  });
  const marks = { labels: names.labels, fieldManager: rules.name };
  const accesses = nodesOfKind(seen.accessRequests, {
    place,
    kind: "AccessRequest",
    needed: [accessRequest.name],
    isEnding,
    namespace: names.namespace,
    judge: (request: AccessRequest) => {
      if (names.accessLabels.some((labels) => isManaged(request, { ...marks, labels }))) {
        return fromAccess(accessState(request));
      }
      return request.metadata.name === accessRequest.name ? foreign(request) : undefined;
    },
  });
  return [...clusters, ...accesses];
}

function fromAccess({ state, message }: { readonly state: string; readonly message: string }): Judgement {
  switch (state) {
    case "granted":
      return { state: "ready", message: "" };
    case "denied":
      return { state: "failed", message };
    default:
      return { state: "waiting", message };
  }
}

function foreign({ metadata: { managedFields = [] } }: KubeObject): {
  readonly state: "foreign";
  readonly message: string;
} {
  const managers = [...new Set(managedFields.map(({ manager }) => manager).filter((manager) => manager !== undefined))];
  const who = managers.length === 0 ? "somebody else" : managers.join(", ");
  return { state: "foreign", message: `not made by this provider, which leaves the object alone; written by ${who}` };
}

function platformNodes(seen: Seen): readonly TreeNode[] {
  const { names, rules, row } = seen;
  const objects = seen.platform.flatMap(({ found }) => ("objects" in found ? found.objects : []));
  const marks = { labels: names.labels, fieldManager: rules.name };
  return seen.platform.flatMap(({ kind: { resource, needed = [], isReserved = isOneOf(needed), judge }, found }) =>
    nodesOfKind(found, {
      place: placeOf(seen, "platform"),
      kind: resource.kind,
      needed,
      namespace: names.namespace,
      isEnding: row.phase === "Terminating",
      judge: (object) => {
        if (isManaged(object, marks)) {
          return judge(object, objects);
        }
        return isReserved(object.metadata.name) ? foreign(object) : undefined;
      },
    }),
  );
}

function isOneOf(names: readonly string[]): (name: string) => boolean {
  return (name) => names.includes(name);
}

function targetNodes(seen: Seen): readonly TreeNode[] {
  const { names, target, row } = seen;
  if ("failure" in target) {
    const place = { cluster: names.target, kind: "Cluster", name: row.name };
    return [{ ...place, state: "unknown", message: maskSecrets(target.failure), events: [], children: [] }];
  }
  const objects = seen.platform.flatMap(({ found }) => ("objects" in found ? found.objects : []));
  return target.flatMap(({ kind: { resource, needed = [], judge, namespace }, found }) =>
    nodesOfKind(found, {
      place: placeOf(seen, names.target),
      kind: resource.kind,
      needed,
      namespace,
      isEnding: row.phase === "Terminating",
      judge: (object) => judge(object, objects),
    }),
  );
}

type KindOfNodes<T extends KubeObject> = {
  readonly place: Place;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly needed: readonly string[];
  /** The installation is being removed: what is gone is as it has to be. */
  readonly isEnding: boolean;
  readonly judge: (object: T) => (Omit<Judgement, "state"> & { readonly state: NodeState }) | undefined;
};

function nodesOfKind<T extends KubeObject>(found: Found<T>, options: KindOfNodes<T>): readonly TreeNode[] {
  const { place, kind, namespace, needed, isEnding, judge } = options;
  const missing = (name: string, state: NodeState, message: string): TreeNode => ({
    cluster: place.cluster,
    kind,
    name,
    state,
    message: maskSecrets(message),
    ...(namespace !== undefined && { namespace }),
    events: [],
    children: [],
  });
  if ("failure" in found) {
    return [missing(needed.join(", ") || "(any)", "unknown", found.failure)];
  }
  const there = new Set(found.objects.map(({ metadata }) => metadata.name));
  const nodes = found.objects.flatMap((object) => {
    const judgement = judge(object);
    return judgement === undefined ? [] : [nodeOf(object, judgement, place)];
  });
  const absent = needed.filter((name) => !there.has(name) && !isEnding);
  return [...nodes, ...absent.map((name) => missing(name, "absent", ""))];
}

/** How many Events of one object are shown. */
const MOST_EVENTS = 3;

function eventsOf(found: Found<Event>): (object: KubeObject) => readonly EventLine[] {
  const byUid = Map.groupBy("objects" in found ? found.objects : [], ({ involvedObject }) => involvedObject.uid);
  return ({ metadata: { uid } }) =>
    (byUid.get(uid) ?? [])
      .map(toEventLine)
      .toSorted((one, other) => Date.parse(other.at ?? "") - Date.parse(one.at ?? ""))
      .slice(0, MOST_EVENTS);
}

function toEventLine(event: Event): EventLine {
  const { type = "Normal", reason = "", message = "", series, count = 1 } = event;
  const at = lastSeen(event);
  return {
    type,
    reason,
    message: maskSecrets(message),
    ...(at !== undefined && { at }),
    count: series?.count ?? count,
  };
}

function lastSeen({ lastTimestamp, eventTime, series, metadata }: Event): string | undefined {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
}

function eventFailures({ events }: Seen): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(events).flatMap(([cluster, found]) =>
      "failure" in found ? [[`Events on the ${cluster} cluster`, `cannot be read: ${found.failure}`]] : [],
    ),
  );
}
