import type { Resource } from "../kube/resource.ts";

/**
 * Kinds of the toolkit's API that users create; not every chart version has all of them.
 *
 * Without the toolkit's controller their finalizers would never go: while there is one the release has to stay.
 */
export const USER_RESOURCES: readonly Resource[] = [
  ["Repository", "repositories"],
  ["Component", "components"],
  ["Resource", "resources"],
  ["Deployer", "deployers"],
  ["Replication", "replications"],
].map(([kind = "", plural = ""]) => ({
  group: "delivery.ocm.software",
  version: "v1alpha1",
  kind,
  plural,
  namespaced: true,
}));
