import type { KubeObject, ObjectRef } from "./object.ts";
import { isRecord } from "./json.ts";

/** One resource of an API, with the type of its objects. */
export type Resource<T extends KubeObject = KubeObject> = {
  /** API group; the core group is `""`. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** The server is asked for the metadata of objects, and sends neither spec nor status; see `metadataOf`. */
  readonly answer?: "metadata";
  /** What caches keep of the objects, beside their identity and metadata. Default: everything. */
  readonly kept?: Shape;
  /** Never set: exists only so that the type of the objects is part of the type of the resource. */
  readonly objectType?: T;
};

/** Fields of an object. `true` stands for a whole value, and the shape of a list is that of each item. */
export type Shape = true | { readonly [field: string]: Shape };

/** A shape that names every field of a type, and no other: the compiler refuses one that forgets a field. */
export type ShapeOf<T> = true | ShapeOfValue<NonNullable<T>>;

type ShapeOfValue<T> = T extends readonly (infer Item)[]
  ? ShapeOf<Item>
  : { readonly [Field in keyof T]-?: ShapeOf<T[Field]> };

/** The same for the content of the objects of a kind. */
export type ContentShape<T extends KubeObject> = ShapeOf<Omit<T, keyof KubeObject>>;

/** `apiVersion` of the resource's objects, for example `apps/v1` or `v1`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** The API group in an `apiVersion`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));
}

/**
 * Whether a value is an object of the resource: it has a name and that kind, which lists of built-in types leave out.
 *
 * All other fields are trusted, because the API server has validated them.
 */
export function isObjectOf<T extends KubeObject>(resource: Resource<T>, value: unknown): value is T {
  return (
    isRecord(value) &&
    (value["kind"] ?? resource.kind) === resource.kind &&
    isRecord(value["metadata"]) &&
    typeof value["metadata"]["name"] === "string"
  );
}

/**
 * The same resource for whoever reads only the metadata of what the server answers to a `get` or to a write: what is
 * sent stays whole, and the answer is smaller.
 */
export function metadataOf(resource: Resource): Resource {
  return { ...resource, answer: "metadata" };
}

/** Asks a server for objects without their content; one that does not know that form sends the whole objects. */
export const METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/**
 * An object of the resource without its content.
 *
 * A server that was asked for metadata sends a `PartialObjectMetadata`, and a server that does not know that form sends
 * the whole object.
 */
export function withoutContent(resource: Resource, value: unknown): unknown {
  if (!isRecord(value)) {
    return value;
  }
  const { kind = resource.kind, metadata } = value;
  return {
    apiVersion: apiVersionOf(resource),
    kind: kind === "PartialObjectMetadata" ? resource.kind : kind,
    metadata,
  };
}

/** Query parameters; those that are `undefined` are left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** Path of a collection in one namespace, or in the whole cluster when `namespace` is absent. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}/${resource.version}${scope}/${resource.plural}`;
}

/** Path to which an object is posted. Throws when a namespaced object has no namespace. */
export function creationPath(resource: Resource, namespace?: string): string {
  if (resource.namespaced && isNoSegment(namespace ?? "")) {
    throw new Error(`a ${resource.kind} needs a namespace`);
  }
  return collectionPath(resource, namespace);
}

/** Path of one object, or of one of its subresources. Throws when the name cannot be part of a path. */
export function objectPath(resource: Resource, ref: ObjectRef, subresource?: string): string {
  if (isNoSegment(ref.name)) {
    throw new Error(`${JSON.stringify(ref.name)} cannot be the name of a ${resource.kind}`);
  }
  const path = `${creationPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** Appends the query to a path. */
export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}

// These would make the path that of another resource.
function isNoSegment(name: string): boolean {
  return name === "" || name === "." || name === "..";
}
