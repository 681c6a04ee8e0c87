import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { type Namespace, namespaces } from "../../kube/core.ts";
import {
  ApiError,
  ConflictError,
  ForbiddenError,
  MalformedAnswerError,
  NotFoundError,
  UnreachableError,
} from "../../kube/errors.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { Retry } from "../../runtime/controller.ts";
import { clusterRequests } from "../platform/kinds.ts";

const TENANT_PREFIX = "mcp--";

/** What the control plane puts into every namespace, and Events, which go by themselves. */
const OF_EVERY_NAMESPACE: Readonly<Record<string, (object: KubeObject) => boolean>> = {
  ConfigMap: ({ metadata: { name } }) => name === "kube-root-ca.crt",
  ServiceAccount: ({ metadata: { name } }) => name === "default",
  Event: () => true,
};

/** Kinds are read once for all namespaces that are judged within this time. */
const KINDS_FOR_MS = 10_000;
/** Each costs some dozens of requests: however many there are, others shall not feel it. */
const PAUSE_MS = 500;
/** One kind that cannot be listed at the moment, as where its server is down, keeps every namespace; nobody waits for them. */
const TRY_AGAIN_MS = 3_600_000;

/** Stands for every namespace of a tenant that the platform has. */
export const EVERY_NAMESPACE = "*";

/** What namespaces of tenants are judged by. */
export type OwnNamespacesDeps = {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Owner of the fields that the provider applies. */
  readonly fieldManager: string;
  /** Whether a namespace is that of an object of a user, or of a control plane. */
  readonly isNeeded: (name: string) => boolean;
  /** Has a namespace reconciled after a time. */
  readonly addAfter: (name: string, afterMs: number) => void;
};

/**
 * Returns what deletes a namespace that earlier versions of this provider made for an object without control plane,
 * if nobody else has ever written the namespace, and nothing is in it.
 *
 * A change of the namespace meanwhile, as the platform makes when it takes the namespace over, prevents the deletion.
 * A ClusterRequest that is created between the last look and the deletion goes with the namespace, and the platform
 * creates both anew: nobody has worked on that cluster yet.
 */
export function reconcileOwnNamespaces(deps: OwnNamespacesDeps): (name: string, signal: AbortSignal) => Promise<Retry> {
  const judging = { ...deps, kinds: readKinds(deps) };
  return async (name, signal) => {
    try {
      await (name === EVERY_NAMESPACE ? addAll(deps, signal) : deleteIfAbandoned(name, judging, signal));
    } catch (error) {
      // Without the right to see all that may be in a namespace, it stays.
      if (error instanceof NotFoundError || error instanceof ConflictError || error instanceof ForbiddenError) {
        return "never";
      }
      if (name !== EVERY_NAMESPACE && isOfServer(error)) {
        return { afterMs: TRY_AGAIN_MS };
      }
      throw error;
    }
    return "never";
  };
}

function isOfServer(error: unknown): boolean {
  return error instanceof ApiError || error instanceof UnreachableError || error instanceof MalformedAnswerError;
}

type Judging = OwnNamespacesDeps & { readonly kinds: (signal: AbortSignal) => Promise<readonly Resource[]> };

function readKinds({ client, clock }: OwnNamespacesDeps): Judging["kinds"] {
  let last: { readonly atMs: number; readonly kinds: Promise<readonly Resource[]> } | undefined;
  return (signal) => {
    if (last === undefined || clock.now() - last.atMs >= KINDS_FOR_MS) {
      last = { atMs: clock.now(), kinds: client.namespacedResources(signal) };
    }
    return last.kinds;
  };
}

async function addAll(
  { client, fieldManager, isNeeded, addAfter }: OwnNamespacesDeps,
  signal: AbortSignal,
): Promise<void> {
  const { items } = await client.list(namespaces, { signal });
  const candidates = items.filter((namespace) => isOurs(namespace, fieldManager) && !isNeeded(namespace.metadata.name));
  candidates.forEach(({ metadata }, index) => addAfter(metadata.name, index * PAUSE_MS));
}

async function deleteIfAbandoned(name: string, judging: Judging, signal: AbortSignal): Promise<void> {
  const { client, fieldManager, isNeeded } = judging;
  if (isNeeded(name)) {
    return;
  }
  const namespace = await client.get(namespaces, { name }, signal);
  if (isOurs(namespace, fieldManager) && (await isEmpty(name, judging, signal)) && !isNeeded(name)) {
    await client.deleteIfExists(namespaces, namespace, { onlyUnchanged: true, signal });
  }
}

function isOurs(
  { metadata: { name, deletionTimestamp, managedFields = [] } }: Namespace,
  fieldManager: string,
): boolean {
  return (
    name.startsWith(TENANT_PREFIX) &&
    deletionTimestamp === undefined &&
    managedFields.length > 0 &&
    managedFields.every(({ manager }) => manager === fieldManager)
  );
}

async function isEmpty(namespace: string, { client, kinds }: Judging, signal: AbortSignal): Promise<boolean> {
  // ClusterRequests once more at the end: with one of them everything begins.
  for (const resource of [...(await kinds(signal)), clusterRequests]) {
    if (await hasAny(resource, { namespace, client, signal })) {
      return false;
    }
  }
  return true;
}

async function hasAny(
  resource: Resource,
  {
    namespace,
    client,
    signal,
  }: { readonly namespace: string; readonly client: KubeClient; readonly signal: AbortSignal },
): Promise<boolean> {
  const { items } = await client.list(resource, { namespace, signal });
  const isExpected = OF_EVERY_NAMESPACE[resource.kind] ?? ((): boolean => false);
  return items.some((object) => !isExpected(object));
}
