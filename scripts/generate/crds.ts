import { readFileSync } from "node:fs";
import { load } from "js-yaml";

/** The part of a CRD's schema that a reader of the API has to know. */
export type FieldSchema = {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly items?: FieldSchema;
  readonly "x-kubernetes-validations"?: readonly { readonly message: string }[];
};

/** One CustomResourceDefinition of this provider. */
export type Crd = {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: "Cluster" | "Namespaced";
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly [{ readonly name: string; readonly schema: { readonly openAPIV3Schema: FieldSchema } }];
  };
};

/** Reads the CRD in `src/ocm/api/crds/<name>.yaml`. */
export function readCrdFile(name: "ocm" | "ocmoffer" | "providerconfig"): Crd {
  const file = new URL(`../../src/ocm/api/crds/${name}.yaml`, import.meta.url);
  return load(readFileSync(file, "utf8")) as Crd;
}

/** The schema of a CRD's objects. */
export function schemaOf(crd: Crd): FieldSchema {
  return crd.spec.versions[0].schema.openAPIV3Schema;
}
