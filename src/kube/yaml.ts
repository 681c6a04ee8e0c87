import { boolYaml11Tag, CORE_SCHEMA, intCoreTag, loadAll, mergeTag, type Schema, YAMLException } from "js-yaml";

import { exactInteger } from "./json.ts";

/** A merge key (`<<`) is resolved as kubectl does. */
export const STRICT_SCHEMA: Schema = CORE_SCHEMA.withTags(mergeTag);
/** As Go reads YAML: `yes`, `no`, `on` and `off` are booleans, and integers keep every digit. */
export const SCHEMA: Schema = STRICT_SCHEMA.withTags(boolYaml11Tag, { ...intCoreTag, resolve: resolveInteger });

/** Parses the documents of a YAML or JSON text as kubectl does. `origin` names the text in messages, which quote nothing of it. */
export function parseDocuments(text: string, origin: string): readonly unknown[] {
  try {
    return loadAll(text, { schema: SCHEMA, json: true });
  } catch (error) {
    const line = error instanceof YAMLException ? ` (line ${(error.mark?.line ?? 0) + 1})` : "";
    throw new Error(`${origin}: found no valid YAML or JSON${line}, expected Kubernetes objects`, { cause: error });
  }
}

function resolveInteger(source: string, isExplicit: boolean, tagName: string): unknown {
  const value = intCoreTag.resolve(source, isExplicit, tagName);
  return typeof value === "number" && !Number.isSafeInteger(value) ? exactInteger(String(BigInt(source))) : value;
}
