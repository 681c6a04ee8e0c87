import { textAt } from "../../sim/value-at.ts";
import { POD_NAMESPACE } from "../support/world.ts";
import type { Clusters } from "./stage.ts";

/** Name of the pod that holds a Lease of the provider, as far as the clusters tell; empty when nobody does. */
export function leadingPod(clusters: Clusters, name = "sp-ocm"): string {
  const lease = clusters.get("platform")?.api.peek("leases.coordination.k8s.io", `${POD_NAMESPACE}/${name}`);
  // An identity is the pod's name and, after an underscore, which names do not have, that of the process.
  const [pod = ""] = textAt(lease, "spec", "holderIdentity").split("_");
  return pod;
}
