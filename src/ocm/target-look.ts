import { isReleasedBy } from "../flux/helm-record.ts";
import type { KubeClient } from "../kube/client.ts";
import { secrets, type Secret } from "../kube/core.ts";
import type { KubeObject } from "../kube/object.ts";
import { isOurs, managedBy, managedByLabel } from "../openmcp/platform/tenant-access.ts";
import type { ReconcileContext, TargetLook } from "./context.ts";
import { FIRST_RELEASE_NAME, RELEASE_NAME, RELEASE_NAMESPACE, type Names, TOOLKIT_NAME } from "./names.ts";

/** Far more Secrets than a toolkit has beside it. Where there are more of them, whoever looks asks by label. */
const MOST_SECRETS = 20;

const HELM_LABELS: Readonly<Record<string, string>> = { owner: "helm", name: RELEASE_NAME };

/**
 * Looks at the namespace of the toolkit on the target.
 *
 * One list of metadata tells that there is nothing, which is what most removals find.
 */
export function lookAtTarget(r: ReconcileContext): Promise<TargetLook> {
  return r.visit(async (client, signal) => {
    const limit = MOST_SECRETS;
    const { items, remaining } = await client.listMetadata(secrets, { namespace: RELEASE_NAMESPACE, limit, signal });
    const mayHave = (labels: Readonly<Record<string, string>>): boolean =>
      remaining > 0 || items.some((item: KubeObject) => isOurs(item, labels));
    return {
      isReleased: mayHave(HELM_LABELS) && isReleasedBy(await listRecords(client, signal), originsOf(r.names)),
      mayHaveOurs: mayHave(managedByLabel(r.names.tenant.controller)),
    };
  });
}

function originsOf({ namespace }: Names): { readonly namespace: string; readonly names: readonly string[] } {
  return { namespace, names: [TOOLKIT_NAME, FIRST_RELEASE_NAME] };
}

async function listRecords(client: KubeClient, signal: AbortSignal): Promise<readonly Secret[]> {
  const labelSelector = Object.entries(HELM_LABELS)
    .map((entry) => entry.join("="))
    .join(",");
  return (await client.list<Secret>(secrets, { namespace: RELEASE_NAMESPACE, labelSelector, signal })).items;
}

/** Lists the Secrets of ours that are beside the toolkit's pods. */
export async function listOurs(client: KubeClient, names: Names, signal: AbortSignal): Promise<readonly Secret[]> {
  const labelSelector = managedBy([names.tenant.controller]);
  const { items } = await client.list<Secret>(secrets, { namespace: RELEASE_NAMESPACE, labelSelector, signal });
  // A workload cluster can have the Secrets of another tenant.
  return items.filter((secret) => isOurs(secret, names.labels));
}
