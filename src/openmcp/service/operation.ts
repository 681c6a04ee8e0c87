import type { KubeClient } from "../../kube/client.ts";
import { InvalidError, NotFoundError } from "../../kube/errors.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { Change } from "../../runtime/store.ts";

/** Annotation by which people ask for an operation. */
export const OPERATION_ANNOTATION = "openmcp.cloud/operation";
const ANNOTATION_PATH = `/metadata/annotations/${OPERATION_ANNOTATION.replace("/", "~1")}`;

/** What somebody asks for by the operation annotation. */
export type Operation = "ignore" | "reconcile" | "none";

/**
 * Reads the operation annotation of an object.
 *
 * `ignore`: no reconcile and no status write, not even for deletion. `reconcile`: check everything again without
 * shortcuts, and consume the annotation. Values nobody has defined ask for nothing.
 */
export function requestedOperation(object: KubeObject): Operation {
  const value = object.metadata.annotations?.[OPERATION_ANNOTATION];
  return value === "ignore" || value === "reconcile" ? value : "none";
}

/** What the consumption of an annotation leads to. */
export type Consumption = {
  readonly signal: AbortSignal;
  /** Called when the annotation is gone, or may be: an answer can get lost, and with the annotation who has asked. */
  readonly onAsked: () => void;
};

/**
 * Removes the annotation value `reconcile` and returns the object without it.
 *
 * Returns the object as the server has it when it cannot be removed: somebody else has changed the annotation, or the
 * server takes no change of this object, as after its schema has become narrower. One that stays asks for nothing: it
 * would in each pass, whose effects would cause the next one. Returns `undefined` when the object is gone.
 */
export async function consumeReconcile<T extends KubeObject>(
  client: Pick<KubeClient, "jsonPatch" | "get">,
  resource: Resource<T>,
  object: T,
  { signal, onAsked }: Consumption,
): Promise<T | undefined> {
  const operations = [
    { op: "test", path: ANNOTATION_PATH, value: "reconcile" },
    { op: "remove", path: ANNOTATION_PATH },
  ] as const;
  try {
    const newest = await client.jsonPatch(resource, object.metadata, operations, { signal }).catch((error: unknown) => {
      if (error instanceof InvalidError) {
        return client.get(resource, object.metadata, signal);
      }
      throw error;
    });
    if (requestedOperation(newest) !== "reconcile") {
      onAsked();
    }
    return newest;
  } catch (error) {
    if (error instanceof NotFoundError) {
      return undefined;
    }
    onAsked();
    throw error;
  }
}

/** Calls `onAsked` whenever the object of a name asks for a check, also where somebody else consumes the annotation. */
export function followReconcile(
  objects: { onChange(listener: (change: Change<KubeObject>) => void): void },
  name: string,
  onAsked: () => void,
): void {
  objects.onChange(({ key, current }) => {
    if (key === name && current !== undefined && requestedOperation(current) === "reconcile") {
      onAsked();
    }
  });
}
