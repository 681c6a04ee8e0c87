import type { TenantTarget } from "../openmcp/platform/tenant-access.ts";
import type { ObjectsOfKind } from "../openmcp/service/control-plane-watches.ts";

/**
 * The API group of the toolkit. Its kinds differ from chart to chart, so they are discovered on the control plane.
 *
 * Without the toolkit's controller the finalizers of their objects would never go: while there is an object the release
 * has to stay.
 */
export const TOOLKIT_GROUP = "delivery.ocm.software";

/** How many objects a message names. */
const MOST_NAMED = 3;

/**
 * Says which objects of users block a deletion; nothing where there are none.
 *
 * A workload cluster is no tenant's business, and can be one that tenants share: what lies there is counted only.
 */
export function describeBlocking(found: readonly ObjectsOfKind[], target: TenantTarget): string | undefined {
  const count = found.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) {
    return undefined;
  }
  const what = count === 1 ? "1 object" : `${count} objects`;
  return target === "mcp"
    ? `deletion blocked: waiting for ${what} to be removed from the control plane: ${nameSome(found, count)}`
    : `deletion blocked: waiting for ${what} of ${TOOLKIT_GROUP} to be removed from the workload cluster, which only the operator of the platform can do`;
}

function nameSome(found: readonly ObjectsOfKind[], count: number): string {
  const named = found
    .toSorted((left, right) => compare(left.resource.kind, right.resource.kind))
    .flatMap(({ resource, named: refs }) =>
      refs
        .map(({ namespace, name }) => [namespace, name].filter(Boolean).join("/"))
        .toSorted(compare)
        .map((name) => `${resource.kind} ${name}`),
    )
    .slice(0, MOST_NAMED);
  return `${named.join(", ")}${count > named.length ? ` and ${count - named.length} more` : ""}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
