// Generates src/ocm/api/api.generated.ts from the CRDs, which are the only source of the API.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { compile, type JSONSchema } from "json-schema-to-typescript";

type Crd = {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly [
      { readonly schema: { readonly openAPIV3Schema: { readonly properties: Record<string, JSONSchema> } } },
    ];
  };
};

const apiFolder = join(import.meta.dirname, "../src/ocm/api");

/** Where the generated types stand. */
export const API_FILE: string = join(apiFolder, "api.generated.ts");

const BANNER = "// Generated from crds/*.yaml by `npm run generate`; do not edit.";

/** Returns the content of the generated file. */
export async function generateApi(): Promise<string> {
  const crds = ["ocm", "providerconfig"].map(
    (name) => load(readFileSync(join(apiFolder, `crds/${name}.yaml`), "utf8")) as Crd,
  );
  const types = await Promise.all(crds.flatMap((crd) => ["spec", "status"].map((part) => typeOf(crd, part))));
  return `${BANNER}\n\n${types.join("\n")}`;
}

async function typeOf(crd: Crd, part: string): Promise<string> {
  const schema = crd.spec.versions[0].schema.openAPIV3Schema.properties[part];
  if (schema === undefined) {
    throw new Error(`the CRD of ${crd.spec.names.kind} has no ${part}`);
  }
  const name = `${crd.spec.names.kind}${part.charAt(0).toUpperCase()}${part.slice(1)}`;
  return compile({ ...openWhereUnknownIsKept(schema), title: name }, name, {
    additionalProperties: false,
    bannerComment: "",
  });
}

function openWhereUnknownIsKept(schema: JSONSchema): JSONSchema {
  const text = JSON.stringify(schema, (_key, value: unknown) =>
    typeof value === "object" && value !== null && "x-kubernetes-preserve-unknown-fields" in value
      ? { ...value, additionalProperties: true }
      : value,
  );
  return JSON.parse(text) as JSONSchema;
}

if (import.meta.main) {
  writeFileSync(API_FILE, await generateApi());
}
