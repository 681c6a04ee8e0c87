import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";

import { toJson } from "../../kube/json.ts";
import type { KubeObject } from "../../kube/object.ts";

const LONGEST_FOUND = 64;

/** The part of a CustomResourceDefinition that describes its objects. */
export type CrdSchema = {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: { readonly properties: { readonly spec: object } } };
    }[];
  };
};

/**
 * Makes a function that says what of an object's spec the CRD's schema would refuse, a sentence for each field.
 *
 * Objects can be older than their schema: the API server checks only what is written. CEL rules are not evaluated.
 */
export function crdProblems(crd: CrdSchema): (object: KubeObject) => readonly string[] {
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema.properties.spec ?? {};
  let compiled: ValidateFunction | undefined;
  return (object) => {
    // Not every command looks at objects, and each would wait for it.
    compiled ??= compile(schema);
    const spec: unknown = "spec" in object ? object.spec : {};
    return compiled(spec) ? [] : (compiled.errors ?? []).map(sentence);
  };
}

// The API server accepts no CRD whose schema is none: to check it here once more costs more than all that is checked by it.
function compile(schema: object): ValidateFunction {
  const formats = { int64: true, "date-time": true } as const;
  const options = { strict: false, allErrors: true, verbose: true, meta: false, validateSchema: false } as const;
  return new Ajv({ ...options, formats }).compile(schema);
}

function sentence({ instancePath, message, keyword, params, data }: ErrorObject): string {
  const field = `spec${instancePath.replaceAll("/", ".").replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]")}`;
  return `${field}: ${message ?? "is not valid"}${choicesOf(params)}${foundOf(keyword, data)}`;
}

function choicesOf({ allowedValues }: ErrorObject["params"]): string {
  return Array.isArray(allowedValues) ? ` (${allowedValues.join(", ")})` : "";
}

// What could be a secret is not repeated: of most values the kind or the length is enough to find the mistake.
function foundOf(keyword: string, data: unknown): string {
  switch (keyword) {
    case "enum":
      return `, found ${toJson(data).slice(0, LONGEST_FOUND)}`;
    case "type":
      return `, found ${typeOf(data)}`;
    case "minLength":
    case "maxLength":
      return `, found ${String(data).length}`;
    default:
      return "";
  }
}

function typeOf(data: unknown): string {
  return data === null ? "null" : Array.isArray(data) ? "array" : typeof data;
}
