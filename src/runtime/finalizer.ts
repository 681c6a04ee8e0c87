import type { JsonPatchOperation, PatchOptions } from "../kube/client.ts";
import { ConflictError, InvalidError, NotFoundError, unlessNotFound } from "../kube/errors.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";

/** The part of `KubeClient` that changes of finalizers use. */
export type FinalizerClient<T extends KubeObject> = {
  get(resource: Resource<T>, ref: ObjectRef, signal: AbortSignal): Promise<T>;
  jsonPatch(
    resource: Resource<T>,
    ref: ObjectRef,
    operations: readonly JsonPatchOperation[],
    options: PatchOptions,
  ): Promise<T>;
};

const ATTEMPTS = 5;

/** Makes sure that the object has the finalizer, and returns the object. Sends no request when it has it already. */
// oxlint-disable-next-line max-params -- reads as a sentence, and none of the five is optional
export async function addFinalizer<T extends KubeObject>(
  client: FinalizerClient<T>,
  resource: Resource<T>,
  object: T,
  finalizer: string,
  signal: AbortSignal,
): Promise<T> {
  return changeFinalizers(client, resource, object, {
    signal,
    operation: (current) => {
      if (current.includes(finalizer)) {
        return undefined;
      }
      return current.length === 0
        ? { op: "add", path: "/metadata/finalizers", value: [finalizer] }
        : { op: "add", path: "/metadata/finalizers/-", value: finalizer };
    },
  });
}

/**
 * Makes sure that the object does not have the finalizer, and keeps all other finalizers.
 *
 * Returns the object, or `undefined` when the object does not exist any more, which is a success.
 */
// oxlint-disable-next-line max-params -- as addFinalizer
export async function removeFinalizer<T extends KubeObject>(
  client: FinalizerClient<T>,
  resource: Resource<T>,
  object: T,
  finalizer: string,
  signal: AbortSignal,
): Promise<T | undefined> {
  const changed = changeFinalizers(client, resource, object, {
    signal,
    operation: (current) => {
      const index = current.indexOf(finalizer);
      return index === -1 ? undefined : { op: "remove", path: `/metadata/finalizers/${index}` };
    },
  });
  return unlessNotFound(changed);
}

type FinalizerChange = {
  readonly signal: AbortSignal;
  /** The change of the list of finalizers; `undefined` when the list is as wanted. */
  readonly operation: (current: readonly string[]) => JsonPatchOperation | undefined;
};

async function changeFinalizers<T extends KubeObject>(
  client: FinalizerClient<T>,
  resource: Resource<T>,
  object: T,
  change: FinalizerChange,
): Promise<T> {
  let current = object;
  for (let attempt = 1; ; attempt += 1) {
    const operation = change.operation(current.metadata.finalizers ?? []);
    if (operation === undefined) {
      return current;
    }
    try {
      const operations = [...testsOf(current), operation];
      return await client.jsonPatch(resource, current.metadata, operations, { signal: change.signal });
    } catch (error) {
      const isRefusedTest = error instanceof ConflictError || error instanceof InvalidError;
      if (!isRefusedTest || attempt === ATTEMPTS) {
        throw error;
      }
      const newest = await readAgain(client, resource, object, change.signal);
      if (isSameFinalizers(newest, current) && error instanceof InvalidError) {
        throw error;
      }
      current = newest;
    }
  }
}

/** Tests that the object is the one that was read, and that its finalizers have not changed. */
function testsOf(object: KubeObject): JsonPatchOperation[] {
  const { uid, resourceVersion, finalizers = [] } = object.metadata;
  const sameObject: JsonPatchOperation = { op: "test", path: "/metadata/uid", value: uid };
  // A patch cannot test that a list is absent, so without finalizers nothing in the object may have changed.
  const sameList: JsonPatchOperation =
    finalizers.length === 0
      ? { op: "test", path: "/metadata/resourceVersion", value: resourceVersion }
      : { op: "test", path: "/metadata/finalizers", value: finalizers };
  return [sameObject, sameList];
}

async function readAgain<T extends KubeObject>(
  client: FinalizerClient<T>,
  resource: Resource<T>,
  object: T,
  signal: AbortSignal,
): Promise<T> {
  const { name, uid } = object.metadata;
  const newest = await client.get(resource, object.metadata, signal);
  if (newest.metadata.uid !== uid) {
    throw new NotFoundError(`${resource.kind} ${name} is gone, another of that name has taken its place`);
  }
  return newest;
}

/** Whether the next attempt would send the same tests: then the refusal was not about them. */
function isSameFinalizers(left: KubeObject, right: KubeObject): boolean {
  return JSON.stringify(testsOf(left)) === JSON.stringify(testsOf(right));
}
