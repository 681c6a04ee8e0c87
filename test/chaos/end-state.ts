import { isDeepStrictEqual } from "node:util";

import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { tenantRequestName } from "../../src/openmcp/platform/tenant-access.ts";
import { EARLIER_GROUP } from "../support/kinds.ts";
import { isAlive, kubeconfigOf, leftOnTarget, ownIn, releasesIn } from "./installed.ts";
import { CONFIGS } from "./groups.ts";
import { claimsReady, conditionOf, decidingOrder, groupOf, isAsking, ordersFor, statusOf, tenantOf } from "./orders.ts";
import type { TenantRef } from "./tenants.ts";
import type { Clusters } from "./stage.ts";

/** What is not as it has to be with tenants of whom nobody wants anything else any more, whichever life they had. */
export function faultsAtTheEnd(clusters: Clusters, tenants: readonly TenantRef[]): readonly string[] {
  return [
    ...tenants.flatMap((tenant) => faultsOf(clusters, tenant)),
    ...faultsOfFollowers(
      CONFIGS.flatMap((one) => clusters.get("platform")?.api.peek(one, "ocm") ?? []),
      false,
    ),
  ].map((fault) => `at the end ${fault}`);
}

function faultsOf(clusters: Clusters, tenant: TenantRef): readonly string[] {
  const namespace = tenantOf({ metadata: tenant });
  const orders = ordersFor(clusters, namespace);
  const leader = decidingOrder(clusters, namespace);
  if (leader !== undefined) {
    return [
      ...faultsOfHolders(orders, leader),
      ...faultsOfAccess(clusters, leader),
      ...faultsOfFollowers(orders, true),
    ];
  }
  // Whoever is being deleted still waits for somebody.
  return orders.length > 0
    ? []
    : [
        ...ownIn(clusters, namespace).map(({ kind, metadata }) => `${kind} ${metadata.name} is left, and nobody asks`),
        ...leftOnTarget(clusters, namespace),
      ];
}

function faultsOfHolders(orders: readonly Obj[], leader: Obj): readonly string[] {
  return orders.flatMap((order) => {
    const isHeld = (order.metadata.finalizers ?? []).some((finalizer) => finalizer.endsWith("/finalizer"));
    const wanted = order === leader ? [`${groupOf(order)}/finalizer`] : [];
    return [
      ...(isDeepStrictEqual(order.metadata.finalizers ?? [], wanted)
        ? []
        : [`${nameOf(order)} has finalizers ${JSON.stringify(order.metadata.finalizers)}, leads: ${order === leader}`]),
      ...(order !== leader && !isAsking(order) ? [`${nameOf(order)} does not go, held: ${isHeld}`] : []),
    ];
  });
}

/** One access, in the name of the leader's group, and the one release works with it. */
function faultsOfAccess(clusters: Clusters, leader: Obj): readonly string[] {
  const namespace = tenantOf(leader);
  if (!isAlive(clusters, namespace)) {
    return [];
  }
  const requests = ownIn(clusters, namespace).filter(({ kind }) => kind === "AccessRequest");
  const names = requests.map(({ metadata }) => metadata.name).join(", ");
  const releases = releasesIn(clusters, namespace);
  const secrets = requests.map((request) => textAt(request, "status", "secretRef", "name"));
  return [
    ...(accessNamesOf(leader).includes(names) ? [] : [`${nameOf(leader)} has accessrequests ${names || "none"}`]),
    ...(releases.length > 1 ? [`${nameOf(leader)} has ${releases.length} HelmReleases`] : []),
    ...(releases.every((release) => secrets.includes(kubeconfigOf(release)))
      ? []
      : [`${nameOf(leader)} has a HelmRelease with another kubeconfig than that of ${names}`]),
  ];
}

/** A workload cluster is the installation's, and does not follow the group. */
function accessNamesOf({ apiVersion, metadata: { name, namespace = "" } }: Obj): readonly string[] {
  return [
    tenantRequestName({ controller: groupOf({ apiVersion }), name, namespace }, "mcp"),
    tenantRequestName({ controller: EARLIER_GROUP, name, namespace }, "workload"),
  ];
}

/** Whoever follows says who leads, and is Ready exactly when the leader is, and asks for the same. */
function faultsOfFollowers(objects: readonly Obj[], isOfTenant: boolean): readonly string[] {
  const [leader, ...followers] = objects.filter(isAsking);
  return leader === undefined
    ? []
    : [
        ...(conditionOf(leader, "Follows") === undefined ? [] : [`${nameOf(leader)} says that it follows, and leads`]),
        ...followers.flatMap((follower) => faultsOfFollower({ leader, follower, isOfTenant })),
      ];
}

type Pair = { readonly leader: Obj; readonly follower: Obj; readonly isOfTenant: boolean };

function faultsOfFollower({ leader, follower, isOfTenant }: Pair): readonly string[] {
  const isSame = isDeepStrictEqual(leader["spec"], follower["spec"]);
  const message = textAt(conditionOf(follower, "Follows"), "message");
  const words = [
    groupOf(leader),
    ...(isSame || !isOfTenant ? [] : [textAt(leader, "spec", "version"), textAt(follower, "spec", "version")]),
  ];
  const isTold =
    statusOf(follower, "Follows") === (isSame ? "True" : "False") && words.every((word) => message.includes(word));
  const isHonest =
    valueAt(follower, "status", "observedGeneration") === follower.metadata.generation &&
    claimsReady(follower) === (isSame && claimsReady(leader));
  return [
    ...(isTold ? [] : [`${nameOf(follower)} does not say who leads: ${message || "nothing"}`]),
    ...(isHonest ? [] : [`${nameOf(follower)} is Ready: ${claimsReady(follower)}, the leader: ${claimsReady(leader)}`]),
  ];
}

function nameOf({ apiVersion, kind, metadata }: Obj): string {
  return `${kind} ${metadata.namespace ?? ""}/${metadata.name} of ${groupOf({ apiVersion })}`;
}
