import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { isJsonList } from "./as-json.ts";
import { childPath, indexPath } from "./field-path.ts";
import { mapFields, mapItems } from "./map-json.ts";
import { objectMetaNode } from "./object-meta-node.ts";
import { declaredProperty, type SchemaNode } from "./schema-node.ts";

/** What is left of a value, and the paths of the fields that no schema names. */
export type Pruned<T> = { readonly object: T; readonly dropped: readonly string[] };

/** Removes the fields of `object` that the schema does not name and does not preserve. */
export function prune(node: SchemaNode, object: JsonObject): Pruned<JsonObject> {
  const dropped: string[] = [];
  const pruned = pruneObject({ node, path: "", dropped, isResource: true }, object);
  return { object: pruned, dropped };
}

type Place = {
  readonly node: SchemaNode | undefined;
  readonly path: string;
  readonly dropped: string[];
  readonly isResource: boolean;
};

const ROOT_FIELDS: Readonly<Record<string, SchemaNode>> = {
  apiVersion: { type: "string" },
  kind: { type: "string" },
  metadata: objectMetaNode,
};

function pruneValue(place: Place, value: Json): Json {
  if (isJsonList(value)) {
    return mapItems(value, (item, index) => {
      const path = indexPath(place.path, index);
      return pruneValue({ ...place, ...at(place.node?.items), path }, item);
    });
  }
  return isJsonObject(value) ? pruneObject(place, value) : value;
}

function pruneObject(place: Place, object: JsonObject): JsonObject {
  return mapFields(object, (key, value) => {
    const path = childPath(place.path, key);
    const child = childPlace(place, key);
    if (child === undefined) {
      place.dropped.push(path);
      return undefined;
    }
    return pruneValue({ ...place, ...child, path }, value);
  });
}

function childPlace(place: Place, key: string): Pick<Place, "node" | "isResource"> | undefined {
  const { node } = place;
  const rootField = place.isResource ? ROOT_FIELDS[key] : undefined;
  const known = rootField ?? declaredProperty(node, key);
  if (known !== undefined) {
    return at(known);
  }
  const additional = node?.additionalProperties;
  if (typeof additional === "object") {
    return at(additional);
  }
  const preserved = node === undefined || node["x-kubernetes-preserve-unknown-fields"] === true || additional === true;
  return preserved ? { node: undefined, isResource: false } : undefined;
}

function at(node: SchemaNode | undefined): Pick<Place, "node" | "isResource"> {
  return { node, isResource: node?.["x-kubernetes-embedded-resource"] === true };
}
