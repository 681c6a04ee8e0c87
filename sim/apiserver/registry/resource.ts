import type { Obj } from "../../object.ts";
import type { Subject, Violation } from "../api/api-error.ts";
import type { ServedResource } from "../api/served-resource.ts";
import type { ObjectSchema } from "../schema/compile.ts";

/** Before (absent on create) and after of a write. */
export type Transition = { readonly before: Obj | undefined; readonly after: Obj };

/** What a resource does beyond what all resources do. */
export type Strategy = {
  /** Writes without `metadata.resourceVersion` are taken. */
  readonly allowsUnconditionalUpdate: boolean;
  readonly allowsCreateOnUpdate: boolean;
  /** A delete answers with the object instead of a Status. */
  readonly returnsDeleted: boolean;
  /** The server counts `metadata.generation`. */
  readonly hasGeneration: boolean;
  /** Items of a list go without `apiVersion` and `kind`, as Go's typed lists do. */
  readonly omitsItemKind: boolean;
  readonly nameRule: "subdomain" | "label" | "segment";
  /** Fields that a field selector may name, besides `metadata.name` and `metadata.namespace`. */
  readonly selectableFields: Readonly<Record<string, readonly string[]>>;
  /** Top-level maps whose values have to be base64. */
  readonly binaryMaps?: readonly string[];
  /** Top-level maps whose values have to be strings. */
  readonly textMaps?: readonly string[];
  /** Fills in what the client left out; the client counts as the one who has set it. */
  readonly defaults?: (transition: Transition) => Obj;
  /** Sets what only the server sets. */
  readonly prepare?: (transition: Transition) => Obj;
  readonly validate?: (transition: Transition) => readonly Violation[];
  /** Structural schema of a custom resource. */
  readonly schema?: ObjectSchema;
  /** From the form that is stored to the form of this version, and back. */
  readonly fromStored?: (object: Obj) => Obj;
  readonly toStored?: (object: Obj) => Obj;
};

/** A served resource together with its behaviour and the place of its objects. */
export type Resource = ServedResource & {
  /** Name of the collection in the storage; all versions of a resource share it. */
  readonly collection: string;
  readonly strategy: Strategy;
  readonly listKind: string;
};

/** Behaviour of most built-in resources. */
export const PLAIN_STRATEGY: Strategy = {
  allowsUnconditionalUpdate: true,
  allowsCreateOnUpdate: false,
  returnsDeleted: false,
  hasGeneration: false,
  omitsItemKind: true,
  nameRule: "subdomain",
  selectableFields: {},
};

/** What errors call an object of the resource: the plural. */
export function subjectOf(resource: Pick<ServedResource, "group" | "plural">, name: string): Subject {
  return { group: resource.group, kind: resource.plural, name };
}

/** What validation errors call an object of the resource: the kind. */
export function kindSubjectOf(resource: Pick<ServedResource, "group" | "kind">, name: string): Subject {
  return { group: resource.group, kind: resource.kind, name };
}
