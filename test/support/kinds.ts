import type { ControlPlaneRef } from "../../ground/ground.ts";
import type { Obj } from "../../sim/object.ts";
import type { KindRef, ObjRef } from "../../sim/resource-paths.ts";

/** Kinds that tests look at. */
export type KindName =
  | "accessRequest"
  | "clusterRequest"
  | "crd"
  | "deployment"
  | "discovery"
  | "event"
  | "helmRelease"
  | "lease"
  | "namespace"
  | "ociRepository"
  | "ocm"
  | "providerConfig"
  | "repository"
  | "secret"
  | "serviceProvider";

/** The API group that OCM and ProviderConfig had first. */
export const EARLIER_GROUP = "ocm.services.openmcp.cloud";

/** The one that they have on today's platform. */
export const CURRENT_GROUP = "ocm.services.open-control-plane.io";

const kinds: Readonly<Record<KindName, KindRef>> = {
  accessRequest: { apiVersion: "clusters.openmcp.cloud/v1alpha1", kind: "AccessRequest" },
  clusterRequest: { apiVersion: "clusters.openmcp.cloud/v1alpha1", kind: "ClusterRequest" },
  crd: { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
  deployment: { apiVersion: "apps/v1", kind: "Deployment" },
  discovery: { apiVersion: "delivery.ocm.software/v1alpha1", kind: "Discovery" },
  event: { apiVersion: "v1", kind: "Event" },
  helmRelease: { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" },
  lease: { apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
  namespace: { apiVersion: "v1", kind: "Namespace" },
  ociRepository: { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository" },
  ocm: { apiVersion: "ocm.services.openmcp.cloud/v1alpha1", kind: "OCM" },
  providerConfig: { apiVersion: "ocm.services.openmcp.cloud/v1alpha1", kind: "ProviderConfig" },
  repository: { apiVersion: "delivery.ocm.software/v1alpha1", kind: "Repository" },
  secret: { apiVersion: "v1", kind: "Secret" },
  serviceProvider: { apiVersion: "openmcp.cloud/v1alpha1", kind: "ServiceProvider" },
};

/** Names an object of one of the kinds that tests look at. */
export function ref(kind: KindName, name: string, namespace?: string): ObjRef {
  return { ...kinds[kind], name, ...(namespace !== undefined && { namespace }) };
}

/** An OCM object by its control plane and its API group. Default: the earlier one. */
export type OcmName = ControlPlaneRef & { readonly group?: string };

/** Names the OCM object of a control plane. */
export function ocmRef({ name, namespace, group = EARLIER_GROUP }: OcmName): ObjRef {
  return { ...ref("ocm", name, namespace), apiVersion: `${group}/v1alpha1` };
}

/** Names the ProviderConfig that counts. */
export function configRef(group: string = EARLIER_GROUP): ObjRef {
  return { ...ref("providerConfig", "ocm"), apiVersion: `${group}/v1alpha1` };
}

/** One of the kinds that tests look at. */
export function kindOf(kind: KindName, namespace?: string): KindRef {
  return { ...kinds[kind], ...(namespace !== undefined && { namespace }) };
}

/** A namespace to be created. */
export function namespaceOf(name: string): Obj {
  return { ...kinds.namespace, metadata: { name } };
}
