import { apiVersionOf } from "../kube/resource.ts";
import { accessRequests, type AccessRequest, type TokenAccess } from "./access-request.ts";
import { clusterRequests, type ClusterRequest } from "./cluster-request.ts";
import { requestName } from "./names.ts";

/** Who asks for the onboarding cluster, for what, and with which rights. */
export type OnboardingRequest = {
  /** Name under which the requests are known, for example `ocm.ocm.services.openmcp.cloud`. */
  readonly controller: string;
  /** Tells several accesses of one controller apart. */
  readonly localName: "onboarding-init" | "onboarding-run";
  /** The provider's own namespace on the platform. */
  readonly namespace: string;
  readonly token: TokenAccess;
};

/** The pair of requests that gives the provider its access to the onboarding cluster. */
export type OnboardingRequestPair = {
  readonly clusterRequest: ClusterRequest;
  readonly accessRequest: AccessRequest;
};

/** Builds the requests for the onboarding cluster; both have the same name. */
export function onboardingRequests(request: OnboardingRequest): OnboardingRequestPair {
  const metadata = {
    name: requestName(request.controller, request.localName),
    namespace: request.namespace,
    labels: { "openmcp.cloud/managed-by": request.controller },
  };
  return {
    clusterRequest: {
      apiVersion: apiVersionOf(clusterRequests),
      kind: clusterRequests.kind,
      metadata,
      spec: { purpose: "onboarding" },
    },
    accessRequest: {
      apiVersion: apiVersionOf(accessRequests),
      kind: accessRequests.kind,
      metadata,
      spec: { requestRef: { name: metadata.name, namespace: metadata.namespace }, token: request.token },
    },
  };
}
