import type { KubeClient } from "../kube/client.ts";
import type { ObjectRef } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { accessRequests, type AccessRequest } from "./access-request.ts";
import { accessState, clusterState } from "./access-state.ts";
import { clusterRequests, type ClusterRequest } from "./cluster-request.ts";
import { onboardingRequests, type OnboardingRequest } from "./onboarding-request.ts";
import { isOurs } from "./tenant-access.ts";
import { type Sighting, waitForObject, type WaitDeps } from "./wait-for-object.ts";

/** How the access to the onboarding cluster is asked for. */
export type OnboardingAccessOptions = {
  readonly platform: KubeClient;
  readonly request: OnboardingRequest;
  readonly fieldManager: string;
  /** For each of the two requests, until it is granted; default 30 min. */
  readonly timeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 30 * 60_000;

/**
 * Asks for the onboarding cluster and for access to it, and returns the Secret that has the kubeconfig.
 *
 * Rejects at once when a request is denied, or belongs to somebody else.
 */
export async function obtainOnboardingAccess(options: OnboardingAccessOptions, deps: WaitDeps): Promise<ObjectRef> {
  const { platform: client, request, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { clusterRequest, accessRequest } = onboardingRequests(request);
  const ref = { name: accessRequest.metadata.name, namespace: request.namespace };

  await applyOwn(clusterRequests, clusterRequest, options, deps.signal);
  await waitForObject({ client, resource: clusterRequests, ref, look: lookForCluster, timeoutMs }, deps);

  // Only now: the platform answers a request for a cluster that is not assigned yet with growing delays.
  await applyOwn(accessRequests, accessRequest, options, deps.signal);
  const name = await waitForObject({ client, resource: accessRequests, ref, look: lookForSecret, timeoutMs }, deps);
  return { name, namespace: request.namespace };
}

async function applyOwn<T extends ClusterRequest | AccessRequest>(
  resource: Resource<T>,
  wanted: T,
  { platform, fieldManager }: OnboardingAccessOptions,
  signal: AbortSignal,
): Promise<void> {
  const existing = await platform.find(resource, wanted.metadata, signal);
  const labels = wanted.metadata.labels ?? {};
  if (existing !== undefined && !isOurs(existing, labels)) {
    const names = Object.keys(labels).join(", ");
    throw new Error(`${resource.kind} "${wanted.metadata.name}" exists and is not ours (by its label ${names})`);
  }
  await platform.apply(resource, { ...wanted }, { fieldManager, force: true, signal });
}

function lookForCluster(request: ClusterRequest | undefined): Sighting<ClusterRequest> {
  const { state, message } = clusterState(request);
  if (state === "denied") {
    throw new Error(message);
  }
  return state === "granted" && request !== undefined
    ? { found: request }
    : { waitingFor: `the onboarding cluster: ${message}` };
}

function lookForSecret(request: AccessRequest | undefined): Sighting<string> {
  const access = accessState(request);
  if (access.state === "denied") {
    throw new Error(access.message);
  }
  return access.state === "granted"
    ? { found: access.secretName }
    : { waitingFor: `access to the onboarding cluster: ${access.message}` };
}
