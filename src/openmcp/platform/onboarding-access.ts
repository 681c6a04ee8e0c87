import type { KubeClient } from "../../kube/client.ts";
import { secrets } from "../../kube/core.ts";
import { isTerminating, type ObjectRef } from "../../kube/object.ts";
import { type Resource, apiVersionOf } from "../../kube/resource.ts";
import { Failures } from "../../runtime/failures.ts";
import { Informer } from "../../runtime/informer.ts";
import { keyOf } from "../../runtime/key.ts";
import { accessRequests, type AccessRequest, clusterRequests, type ClusterRequest, type TokenAccess } from "./kinds.ts";
import { clientFromSecret, type KubeconfigSecretClient, type KubeconfigSecretDeps } from "./kubeconfig-secret.ts";
import { requestName } from "./names.ts";
import { accessState, clusterState, isOurs, managedByLabel } from "./tenant-access.ts";
import { lookForEndOf, type WaitDeps, type Sighting, waitForObject } from "./wait-for-object.ts";

/** The provider's access to the onboarding cluster. */
export type OnboardingAccess = {
  readonly client: KubeClient;
  /** When the token in use expires, if it ever does. */
  readonly expiresAtMs: () => number | undefined;
  /**
   * Keeps the client's credentials those of the Secret until `signal` is aborted, and asks for access anew when the
   * Secret is gone. Never throws.
   */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Who asks for the onboarding cluster, for what, and with which rights. */
export type OnboardingRequest = {
  /** Name under which the requests are known, for example `hello.hello.example.com`. */
  readonly controller: string;
  /** Tells several accesses of one controller apart. */
  readonly localName: "onboarding-init" | "onboarding-run" | "onboarding-migrate";
  /** The provider's own namespace on the platform. */
  readonly namespace: string;
  readonly token: TokenAccess;
};

/** How the access to the onboarding cluster is asked for. */
type OnboardingAccessOptions = {
  readonly platform: KubeClient;
  readonly request: OnboardingRequest;
  readonly fieldManager: string;
  /** For each of the two requests, until it is granted; default 30 min. */
  readonly timeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 30 * 60_000;
const ASK_AGAIN_AFTER_MS = 10_000;

/** Asks for access to the onboarding cluster, waits until it is granted, and connects. */
export async function openOnboardingAccess(
  options: OnboardingAccessOptions & Omit<KubeconfigSecretDeps, "platform">,
  deps: WaitDeps,
): Promise<OnboardingAccess> {
  let secret = await obtainOnboardingAccess(options, deps);
  const connection = clientFromSecret(() => secret, options);
  const failures = new Failures();
  const follow = async (signal: AbortSignal): Promise<void> => {
    const followDeps = { ...deps, signal, failures };
    while (!signal.aborted) {
      await followSecret(options.platform, secret, connection, followDeps);
      secret = await askAgain(options, followDeps, secret);
      // A request that stays granted without its Secret must not turn this loop into a request flood.
      await deps.clock.sleep(ASK_AGAIN_AFTER_MS, signal);
    }
  };
  const { client, expiresAtMs, close } = connection;
  return { client, expiresAtMs, follow, close };
}

/** What the log has of the access already, under these keys. */
const [GONE, ASKING] = ["gone", "asking"] as const;
type FollowDeps = WaitDeps & { readonly failures: Failures };

/** Resolves when the Secret does not exist any more, or `deps.signal` is aborted. */
async function followSecret(
  platform: KubeClient,
  secret: ObjectRef,
  connection: KubeconfigSecretClient,
  deps: FollowDeps,
): Promise<void> {
  const gone = new AbortController();
  const signal = AbortSignal.any([deps.signal, gone.signal]);
  const informer = new Informer({
    client: platform,
    resource: secrets,
    ...(secret.namespace !== undefined && { namespace: secret.namespace }),
    fieldSelector: `metadata.name=${secret.name}`,
    clock: deps.clock,
    random: deps.random,
    log: deps.log,
  });
  informer.store.onChange(({ current }) => {
    if (current === undefined) {
      gone.abort();
      return;
    }
    connection.follow(current).catch((error: unknown) => {
      deps.log.error({ err: error }, "cannot use the new kubeconfig of the onboarding cluster");
    });
  });
  const running = informer.run(signal);
  await informer.synced(signal);
  if (informer.store.get(keyOf(secret)) === undefined) {
    gone.abort();
  } else if (deps.failures.end(GONE)) {
    deps.failures.end(ASKING);
    deps.log.info("got a kubeconfig of the onboarding cluster again");
  }
  await running;
}

/** Returns `previous` when access cannot be had now, or when it is time to stop. */
async function askAgain(options: OnboardingAccessOptions, deps: FollowDeps, previous: ObjectRef): Promise<ObjectRef> {
  try {
    deps.signal.throwIfAborted();
    if (deps.failures.isNew(GONE, "gone")) {
      deps.log.warn("the kubeconfig of the onboarding cluster is gone, asking for access again");
    }
    return await obtainOnboardingAccess(options, deps);
  } catch (error) {
    if (!deps.signal.aborted) {
      const level = deps.failures.isNew(ASKING, error) ? "error" : "debug";
      deps.log[level]({ err: error }, "cannot get access to the onboarding cluster");
    }
    return previous;
  }
}

/**
 * Asks for the onboarding cluster and for access to it, and returns the Secret that has the kubeconfig.
 *
 * Rejects at once when a request is denied, or belongs to somebody else.
 */
async function obtainOnboardingAccess(options: OnboardingAccessOptions, deps: WaitDeps): Promise<ObjectRef> {
  const { platform: client, request, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { clusterRequest, accessRequest } = onboardingRequests(request);
  const ref = { name: accessRequest.metadata.name, namespace: request.namespace };

  await applyOwn(clusterRequests, clusterRequest, options, deps);
  await waitForObject({ client, resource: clusterRequests, ref, look: lookForCluster, timeoutMs }, deps);

  // Only now: the platform answers a request for a cluster that is not assigned yet with growing delays.
  await applyOwn(accessRequests, accessRequest, options, deps);
  const name = await waitForObject({ client, resource: accessRequests, ref, look: lookForSecret, timeoutMs }, deps);
  return { name, namespace: request.namespace };
}

/** Gives an access back: deletes the requests, unless they are somebody else's. */
export async function withdrawOnboardingAccess(options: OnboardingAccessOptions, deps: WaitDeps): Promise<void> {
  const { clusterRequest, accessRequest } = onboardingRequests(options.request);
  // Without the ClusterRequest, the platform would not know where to take the rights away.
  await withdraw(accessRequests, accessRequest, options, deps);
  await withdraw(clusterRequests, clusterRequest, options, deps);
}

async function withdraw<T extends ClusterRequest | AccessRequest>(
  resource: Resource<T>,
  { metadata: ref }: T,
  { platform: client, timeoutMs = DEFAULT_TIMEOUT_MS }: OnboardingAccessOptions,
  deps: WaitDeps,
): Promise<void> {
  const existing = await client.find(resource, ref, deps.signal);
  if (existing === undefined || !isOurs(existing, ref.labels ?? {})) {
    return;
  }
  const held = await client.deleteIfExists(resource, existing, { signal: deps.signal });
  if (held !== undefined) {
    await waitForObject({ client, resource, ref, look: lookForEndOf(held), timeoutMs }, deps);
  }
}

async function applyOwn<T extends ClusterRequest | AccessRequest>(
  resource: Resource<T>,
  wanted: T,
  { platform: client, fieldManager, timeoutMs = DEFAULT_TIMEOUT_MS }: OnboardingAccessOptions,
  deps: WaitDeps,
): Promise<void> {
  const { signal } = deps;
  const existing = await client.find(resource, wanted.metadata, signal);
  const labels = wanted.metadata.labels ?? {};
  if (existing !== undefined && !isOurs(existing, labels)) {
    const names = Object.keys(labels).join(", ");
    throw new Error(`${resource.kind} "${wanted.metadata.name}" exists and is not ours (by its label ${names})`);
  }
  if (existing !== undefined && isTerminating(existing)) {
    // An apply would change a request that the platform does not grant any more.
    await waitForObject({ client, resource, ref: wanted.metadata, look: lookForEndOf(existing), timeoutMs }, deps);
  }
  await client.apply(resource, { ...wanted }, { fieldManager, force: true, signal });
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

/** Builds the requests for the onboarding cluster; both have the same name. */
export function onboardingRequests(request: OnboardingRequest): {
  readonly clusterRequest: ClusterRequest;
  readonly accessRequest: AccessRequest;
} {
  const metadata = {
    name: requestName(request.controller, request.localName),
    namespace: request.namespace,
    labels: managedByLabel(request.controller),
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
