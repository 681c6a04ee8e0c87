import type { KubeClient } from "../kube/client.ts";
import { InvalidError, NotFoundError } from "../kube/errors.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";

const ANNOTATION = "openmcp.cloud/operation";
const ANNOTATION_PATH = `/metadata/annotations/${ANNOTATION.replace("/", "~1")}`;

/** What somebody asks for by the operation annotation. */
export type Operation = "ignore" | "reconcile" | "none";

/**
 * Reads the operation annotation of an object.
 *
 * `ignore`: no reconcile and no status write, not even for deletion. `reconcile`: check everything again without
 * shortcuts, and consume the annotation. Values nobody has defined ask for nothing.
 */
export function requestedOperation(object: KubeObject): Operation {
  const value = object.metadata.annotations?.[ANNOTATION];
  return value === "ignore" || value === "reconcile" ? value : "none";
}

/**
 * Removes the annotation value `reconcile` and returns the object without it.
 *
 * Returns `undefined` when the annotation or the object is gone or has changed meanwhile: whoever changed it has caused
 * an event of its own.
 */
export async function consumeReconcile<T extends KubeObject>(
  client: Pick<KubeClient, "jsonPatch">,
  resource: Resource<T>,
  object: T,
  signal: AbortSignal,
): Promise<T | undefined> {
  const operations = [
    { op: "test", path: ANNOTATION_PATH, value: "reconcile" },
    { op: "remove", path: ANNOTATION_PATH },
  ] as const;
  try {
    return await client.jsonPatch(resource, object.metadata, operations, { signal });
  } catch (error) {
    if (error instanceof InvalidError || error instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}
