import { Ajv, type ErrorObject } from "ajv";
import type { KubeObject } from "../kube/object.ts";

/** The part of a CustomResourceDefinition that describes its objects. */
export type CrdSchema = {
  readonly spec: {
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
  const validate = new Ajv({ strict: false, allErrors: true, formats: { int64: true, "date-time": true } }).compile(
    schema,
  );
  return (object) => {
    const spec: unknown = "spec" in object ? object.spec : {};
    return validate(spec) ? [] : (validate.errors ?? []).map(sentence);
  };
}

function sentence({ instancePath, message }: ErrorObject): string {
  return `spec${instancePath.replaceAll("/", ".")}: ${message ?? "is not valid"}`;
}
