import { isJsonObject, type JsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { trusted } from "../../trusted.ts";
import { listAt, objectAt, textAt, valueAt } from "../../value-at.ts";
import { compileSchema } from "../schema/compile.ts";
import type { PrinterColumn } from "../api/served-resource.ts";
import type { Resource, Strategy } from "./resource.ts";

const VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

// Objects never change in place, so a spec that was seen before needs no second compilation.
const compiled = new WeakMap<object, readonly Resource[]>();

/** The resources a CRD defines: one for each served version. Throws when a schema cannot be compiled. */
export function customResourcesOf(crd: Obj): readonly Resource[] {
  const terminating = crd.metadata.deletionTimestamp !== undefined;
  return compiledResourcesOf(crd).map((resource) => ({ ...resource, terminating }));
}

function compiledResourcesOf(crd: Obj): readonly Resource[] {
  const spec = objectAt(crd, "spec");
  const known = compiled.get(spec);
  if (known !== undefined) {
    return known;
  }
  const resources = listAt(spec, "versions")
    .filter((version) => valueAt(version, "served") === true)
    .map((version) => customResource(crd, version));
  compiled.set(spec, resources);
  return resources;
}

function customResource(crd: Obj, version: unknown): Resource {
  const group = textAt(crd, "spec", "group");
  const names = valueAt(crd, "spec", "names");
  const plural = textAt(names, "plural");
  const kind = textAt(names, "kind");
  const schema = schemaOf(version);
  return {
    group,
    version: textAt(version, "name"),
    kind,
    plural,
    singular: textAt(names, "singular") || kind.toLowerCase(),
    shortNames: listAt(names, "shortNames").map(String),
    categories: listAt(names, "categories").map(String),
    namespaced: textAt(crd, "spec", "scope") === "Namespaced",
    verbs: VERBS,
    subresources: isJsonObject(valueAt(version, "subresources", "status")) ? ["status"] : [],
    schema,
    printerColumns: trusted<readonly PrinterColumn[]>(listAt(version, "additionalPrinterColumns")),
    collection: `${plural}.${group}`,
    strategy: strategyOf(schema, version),
    listKind: textAt(names, "listKind") || `${kind}List`,
  };
}

function schemaOf(version: unknown): JsonObject {
  const schema = valueAt(version, "schema", "openAPIV3Schema");
  return isJsonObject(schema) ? schema : {};
}

function strategyOf(schema: JsonObject, version: unknown): Strategy {
  const paths = listAt(version, "selectableFields").map((field) => textAt(field, "jsonPath").replace(/^\./, ""));
  return {
    allowsUnconditionalUpdate: false,
    allowsCreateOnUpdate: false,
    returnsDeleted: false,
    hasGeneration: true,
    omitsItemKind: false,
    nameRule: "subdomain",
    selectableFields: Object.fromEntries(paths.map((path) => [path, path.split(".")])),
    schema: compileSchema(schema),
  };
}
