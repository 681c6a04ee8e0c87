import type { KubeClient } from "../../kube/client.ts";
import { AlreadyExistsError, ConflictError } from "../../kube/errors.ts";
import { isTerminating, type KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { WaitingError } from "../../runtime/errors.ts";
import { keyOf } from "../../runtime/key.ts";
import { isApplied } from "../../runtime/managed-fields.ts";
import type { Store } from "../../runtime/store.ts";
import { isManaged, isPredecessors, asApplied } from "./ownership.ts";
import { withoutPassedOn } from "./tenant-access.ts";

/** An object of somebody else bears the name of one of ours. It is never touched. */
export class ForeignObjectError extends Error {
  override readonly name = "ForeignObjectError";
}

/** Where and how objects are applied. */
export type Applying<T extends KubeObject> = {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly store: Store<T>;
  readonly fieldManager: string;
  /** Applies even what is in place already. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  /** The store knows few objects or none: the server is asked before the first write. Default: an object that the store does not know is created. */
  readonly looksFirst?: boolean;
  /** Called right before a write. */
  readonly beforeWrite?: () => Promise<void>;
};

/**
 * Applies `desired` unless the fields it sets, and no others of ours, are in place already.
 *
 * Fields of others survive; those of a predecessor become ours first, and so go when they are not set any more. Throws ForeignObjectError when the object in place is not managed by us, and WaitingError
 * while it is being deleted.
 */
export async function applyObject<T extends KubeObject>(desired: T, applying: Applying<T>): Promise<void> {
  const { client, resource, store, fieldManager, signal } = applying;
  const known = store.get(keyOf(desired)) ?? (await findFirst(desired, applying));
  const live = known ?? (await create(desired, applying));
  if (live === undefined) {
    return;
  }
  refuseForeign(live, desired, fieldManager);
  if (isTerminating(live)) {
    throw new WaitingError("BeingDeleted", `${describe(live)} is still being deleted`);
  }
  const isAsDesired = isInPlace(live, desired, fieldManager);
  if (!applying.force && isAsDesired) {
    return;
  }
  await applying.beforeWrite?.();
  if (isPredecessors(live, fieldManager)) {
    await adoptFields(live, applying);
  }
  const applied = await client.apply(resource, desired, { fieldManager, force: true, signal });
  if (isAsDesired) {
    store.written(applied);
  } else {
    store.changed(applied);
  }
}

async function findFirst<T extends KubeObject>(
  { metadata }: T,
  { client, resource, signal, looksFirst }: Applying<T>,
): Promise<T | undefined> {
  return looksFirst === true ? client.find(resource, metadata, signal) : undefined;
}

/**
 * Creates the object, and returns the one that bears the name already, if there is one.
 *
 * A store that is filtered by our label does not know that somebody else has taken the name: only the server does.
 */
async function create<T extends KubeObject>(desired: T, applying: Applying<T>): Promise<T | undefined> {
  const { client, resource, store, fieldManager, signal } = applying;
  await applying.beforeWrite?.();
  try {
    store.changed(await client.apply(resource, desired, { fieldManager, isNew: true, signal }));
    return undefined;
  } catch (error) {
    const found = isTaken(error) ? await client.find(resource, desired.metadata, signal) : undefined;
    if (found === undefined) {
      throw error;
    }
    return found;
  }
}

// Two creations at the same moment are told as the second.
function isTaken(error: unknown): boolean {
  return error instanceof ConflictError || error instanceof AlreadyExistsError;
}

function isInPlace(live: KubeObject, desired: KubeObject, fieldManager: string): boolean {
  return !isPredecessors(live, fieldManager) && isApplied(live, desired, fieldManager);
}

function refuseForeign(live: KubeObject, desired: KubeObject, fieldManager: string): void {
  const labels = withoutPassedOn(desired.metadata.labels);
  if (!isManaged(live, { labels, fieldManager })) {
    const expected = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    throw new ForeignObjectError(
      `${describe(live)} exists and is not managed by this provider; remove or rename it (expected labels: ${expected.join(", ")})`,
    );
  }
}

function describe({ kind, metadata }: KubeObject): string {
  const { name, namespace } = metadata;
  return `${kind} "${name}"${namespace === undefined ? "" : ` in namespace "${namespace}"`}`;
}

/** Where an object is adopted, and under which manager name. */
type Adopting<T extends KubeObject> = {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly fieldManager: string;
  readonly signal: AbortSignal;
};

/**
 * Makes what the predecessor wrote into an object count as applied by this provider. Changes no value.
 *
 * Throws a ConflictError when the object changes meanwhile.
 */
async function adoptFields<T extends KubeObject>(live: T, adopting: Adopting<T>): Promise<void> {
  const { client, resource, fieldManager, signal } = adopting;
  // The caches keep only what was written under our own name.
  const current = await client.get(resource, live.metadata, signal);
  const { resourceVersion } = current.metadata;
  const managedFields = asApplied(current, fieldManager);
  const patch = { metadata: { uid: live.metadata.uid, resourceVersion, managedFields } };
  await client.mergePatch(resource, live.metadata, patch, { signal });
}
