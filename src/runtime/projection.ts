import { isRecord } from "../kube/json.ts";
import type { KubeObject, ObjectMeta } from "../kube/object.ts";
import type { Resource, Shape } from "../kube/resource.ts";
import { ownManagedFields } from "./managed-fields.ts";

/** Returns what a store keeps of an object. */
export type Projection<T extends KubeObject> = (object: T) => T;

/** A second copy of the whole object, which only kubectl reads. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Makes the projection for the objects of a resource: the metadata, and of everything else what `resource.kept` names.
 *
 * Of the managed fields those of `fieldManager` stay, and without one, none.
 */
export function projectionOf<T extends KubeObject>(
  { kept = true }: Pick<Resource<T>, "kept">,
  fieldManager?: string,
): Projection<T> {
  return (object) => {
    const { apiVersion, kind, metadata, ...content } = object;
    const picked = kept === true ? content : pickFields(content, kept);
    const projected: KubeObject = { apiVersion, kind, metadata: projectMetadata(metadata, fieldManager), ...picked };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type of the resource has no other fields
    return projected as T;
  };
}

function projectMetadata({ managedFields, ...metadata }: ObjectMeta, fieldManager: string | undefined): ObjectMeta {
  const { annotations } = metadata;
  const isCopied = annotations !== undefined && LAST_APPLIED in annotations;
  const shown = isCopied ? { ...metadata, annotations: withoutLastApplied(annotations) } : metadata;
  return managedFields === undefined || fieldManager === undefined
    ? shown
    : { ...shown, managedFields: ownManagedFields(managedFields, fieldManager) };
}

function withoutLastApplied({
  [LAST_APPLIED]: _,
  ...annotations
}: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return annotations;
}

function pick(value: unknown, shape: Shape): unknown {
  if (shape === true) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => pick(item, shape));
  }
  return isRecord(value) ? pickFields(value, shape) : value;
}

function pickFields(value: Readonly<Record<string, unknown>>, shape: Readonly<Record<string, Shape>>): object {
  const picked: Record<string, unknown> = {};
  for (const [field, found] of Object.entries(value)) {
    const part = Object.hasOwn(shape, field) ? shape[field] : undefined;
    if (part !== undefined) {
      picked[field] = part === true ? found : pick(found, part);
    }
  }
  return picked;
}
