import type { KubeClient } from "../../kube/client.ts";
import { keyOf } from "../../runtime/key.ts";
import type { ListWatch } from "../../runtime/informer.ts";
import { serviceProviders, type ProvidedResource, type ServiceProvider } from "./kinds.ts";
import { type Sighting, waitForObject, type WaitDeps } from "./wait-for-object.ts";

/** Returns the kinds that are registered for the ServiceProvider and are not among `kept`. */
export async function findDroppedKinds(
  {
    platform,
    providerName,
  }: { readonly platform: Pick<ListWatch<ServiceProvider>, "list">; readonly providerName: string },
  kept: readonly ProvidedResource[],
  signal: AbortSignal,
): Promise<readonly ProvidedResource[]> {
  const fieldSelector = `metadata.name=${providerName}`;
  const { items } = await platform.list(serviceProviders, { fieldSelector, signal });
  const registered = items.flatMap(({ status }) => status?.resources ?? []);
  return registered.filter(({ group, kind }) => !kept.some((one) => one.group === group && one.kind === kind));
}

/**
 * Throws when objects exist of a kind that is about to lose its registration.
 *
 * The operator deletes with a control plane only objects of registered kinds: all others keep their finalizers, and the
 * namespace of their workspace never ends.
 */
export async function refuseToStrand(
  onboarding: Pick<KubeClient, "list" | "resourcesOf">,
  dropped: readonly ProvidedResource[],
  signal: AbortSignal,
): Promise<void> {
  for (const { kind, ...groupVersion } of dropped) {
    const served = await onboarding.resourcesOf(groupVersion, signal);
    const resource = served.find((one) => one.kind === kind);
    const { items } = resource === undefined ? { items: [] } : await onboarding.list(resource, { signal });
    const [example] = items;
    if (example !== undefined) {
      throw new Error(
        `found ${items.length} ${items.length === 1 ? "object" : "objects"} of the registered kind ` +
          `${kind}.${groupVersion.group}, which this version does not serve, for example "${keyOf(example)}": ` +
          "nothing was changed, because the operator would no longer delete such objects with their control planes; " +
          "run a version that serves them, or delete them while one runs",
      );
    }
  }
}

/**
 * Finds the name of the ServiceProvider that has one of the kinds registered.
 *
 * Throws when there is none, and when there are several.
 */
export async function findProviderName(
  platform: Pick<ListWatch<ServiceProvider>, "list">,
  kinds: readonly ProvidedResource[],
  signal: AbortSignal,
): Promise<string> {
  const { items } = await platform.list(serviceProviders, { signal });
  const names = items
    .filter(({ status }) => status?.resources?.some((one) => kinds.some((kind) => isSameKind(one, kind))) ?? false)
    .map(({ metadata }) => metadata.name);
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) {
    const found = name === undefined ? "none" : names.join(", ");
    const wanted = kinds.map(({ group, kind }) => `${kind}.${group}`).join(" or ");
    throw new Error(`expected one ServiceProvider that has registered ${wanted}, found ${found}: set --provider-name`);
  }
  return name;
}

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
    wanted.every((resource, index) => {
      const other = registered[index];
      return other !== undefined && isSameKind(other, resource);
    })
  );
}

function isSameKind(one: ProvidedResource, other: ProvidedResource): boolean {
  return one.group === other.group && one.version === other.version && one.kind === other.kind;
}
