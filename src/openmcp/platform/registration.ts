import type { KubeClient } from "../../kube/client.ts";
import type { ListWatch } from "../../runtime/informer.ts";
import { serviceProviders, type ProvidedResource, type ServiceProvider } from "./kinds.ts";
import { type Sighting, waitForObject, type WaitDeps } from "./wait-for-object.ts";

/** What a provider registers for itself. */
export type Registration = {
  readonly platform: Pick<KubeClient, "mergePatch"> & ListWatch<ServiceProvider>;
  readonly providerName: string;
  /** All kinds of end-user objects the provider is responsible for. */
  readonly resources: readonly ProvidedResource[];
  /** Until the operator has written the first status. */
  readonly timeoutMs: number;
};

/**
 * Makes `resources` the registered ones of the ServiceProvider, and writes only when they are not yet.
 *
 * Must come last in the set-up: before the operator deletes a control plane it asks for an object of every registered
 * kind, and a kind nobody serves would block it for ever.
 */
export async function register(registration: Registration, deps: WaitDeps): Promise<void> {
  const { platform, providerName, resources, timeoutMs } = registration;
  const ref = { name: providerName };
  const current = await waitForObject(
    { client: platform, resource: serviceProviders, ref, look: lookForStatus, timeoutMs },
    deps,
  );
  if (isSame(current.status?.resources ?? [], resources)) {
    return;
  }
  await platform.mergePatch(
    serviceProviders,
    ref,
    { status: { resources } },
    { subresource: "status", signal: deps.signal },
  );
}

// The API server refuses a status without `observedGeneration`, and only the operator knows that.
function lookForStatus(provider: ServiceProvider | undefined): Sighting<ServiceProvider> {
  if (provider === undefined) {
    return { waitingFor: "the ServiceProvider to exist" };
  }
  return provider.status?.observedGeneration === undefined
    ? { waitingFor: "the operator to write the status of the ServiceProvider" }
    : { found: provider };
}

function isSame(registered: readonly ProvidedResource[], wanted: readonly ProvidedResource[]): boolean {
  return (
    registered.length === wanted.length &&
    wanted.every(({ group, version, kind }, index) => {
      const other = registered[index];
      return other?.group === group && other.version === version && other.kind === kind;
    })
  );
}
