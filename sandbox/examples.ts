import { loadAll } from "js-yaml";
import type { Obj } from "../sim/object.ts";

/** The objects that the README shows, ready to be applied. */
export type Examples = { readonly ocm: Obj; readonly providerConfig: Obj };

const YAML_BLOCK = /^```yaml\n([\s\S]*?)^```$/gm;

/** Takes the example objects out of the README, so that what people read is what runs. */
export function readExamples(readme: string): Examples {
  const objects = Array.from(readme.matchAll(YAML_BLOCK), ([, text = ""]) => loadAll(text))
    .flat()
    .filter((value) => isObject(value));
  return { ocm: pick(objects, "OCM"), providerConfig: pick(objects, "ProviderConfig") };
}

/** The same object with some fields of its `spec` replaced. */
export function withSpec(object: Obj, fields: Readonly<Record<string, unknown>>): Obj {
  return { ...object, spec: { ...(isRecord(object["spec"]) ? object["spec"] : {}), ...fields } };
}

function pick(objects: readonly Obj[], kind: string): Obj {
  const found = objects.filter((object) => object.kind === kind);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`expected one example of kind ${kind} in the README, found ${found.length}`);
  }
  return only;
}

function isObject(value: unknown): value is Obj {
  return isRecord(value) && typeof value["kind"] === "string" && isRecord(value["metadata"]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
