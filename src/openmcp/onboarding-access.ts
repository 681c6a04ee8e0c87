import type { KubeClient } from "../kube/client.ts";
import { secrets } from "../kube/core.ts";
import type { ObjectRef } from "../kube/object.ts";
import { Informer } from "../runtime/informer.ts";
import { keyOf } from "../runtime/key.ts";
import { clientFromSecret, type KubeconfigSecretClient, type KubeconfigSecretDeps } from "./kubeconfig-secret.ts";
import { obtainOnboardingAccess, type OnboardingAccessOptions } from "./obtain-onboarding-access.ts";
import type { WaitDeps } from "./wait-for-object.ts";

/** The provider's access to the onboarding cluster. */
export type OnboardingAccess = {
  readonly client: KubeClient;
  /**
   * Keeps the client's credentials those of the Secret until `signal` is aborted, and asks for access anew when the
   * Secret is gone. Never throws.
   */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
};

const ASK_AGAIN_AFTER_MS = 10_000;

/** Asks for access to the onboarding cluster, waits until it is granted, and connects. */
export async function openOnboardingAccess(
  options: OnboardingAccessOptions & Omit<KubeconfigSecretDeps, "platform">,
  deps: WaitDeps,
): Promise<OnboardingAccess> {
  let secret = await obtainOnboardingAccess(options, deps);
  const connection = clientFromSecret(() => secret, options);
  const follow = async (signal: AbortSignal): Promise<void> => {
    const followDeps = { ...deps, signal };
    while (!signal.aborted) {
      await followSecret(options.platform, secret, connection, followDeps);
      secret = await askAgain(options, followDeps, secret);
      // A request that stays granted without its Secret must not turn this loop into a request flood.
      await deps.clock.sleep(ASK_AGAIN_AFTER_MS, signal);
    }
  };
  return { client: connection.client, follow, close: connection.close };
}

/** Resolves when the Secret does not exist any more, or `deps.signal` is aborted. */
async function followSecret(
  platform: KubeClient,
  secret: ObjectRef,
  connection: KubeconfigSecretClient,
  deps: WaitDeps,
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
  }
  await running;
}

/** Returns `previous` when access cannot be had now, or when it is time to stop. */
async function askAgain(options: OnboardingAccessOptions, deps: WaitDeps, previous: ObjectRef): Promise<ObjectRef> {
  try {
    deps.signal.throwIfAborted();
    deps.log.warn("the kubeconfig of the onboarding cluster is gone, asking for access again");
    return await obtainOnboardingAccess(options, deps);
  } catch (error) {
    if (!deps.signal.aborted) {
      deps.log.error({ err: error }, "cannot get access to the onboarding cluster");
    }
    return previous;
  }
}
