// Generates src/ocm/api/*.generated.ts from the CRDs, which are the only source of the API.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { compile, type JSONSchema } from "json-schema-to-typescript";

type Crd = {
  readonly spec: {
    readonly names: { readonly kind: string; readonly singular: string };
    readonly versions: readonly [
      { readonly schema: { readonly openAPIV3Schema: { readonly properties: Record<string, JSONSchema> } } },
    ];
  };
};

const apiFolder = join(import.meta.dirname, "../src/ocm/api");
const BANNER = "// Generated from crds/*.yaml by `npm run generate`; do not edit.";

/** Returns the generated files: name → content. */
export async function generateApi(): Promise<ReadonlyMap<string, string>> {
  const crds = ["ocm", "providerconfig"].map(
    (name) => load(readFileSync(join(apiFolder, `crds/${name}.yaml`), "utf8")) as Crd,
  );
  const types = await Promise.all(crds.flatMap((crd) => ["spec", "status"].map((part) => typeOf(crd, part))));
  return new Map([
    ["api.generated.ts", `${BANNER}\n\n${types.join("\n")}`],
    ["crds.generated.ts", `${BANNER}\n\n${crds.map(constantOf).join("\n\n")}\n`],
  ]);
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

function constantOf(crd: Crd): string {
  const { kind, singular } = crd.spec.names;
  const name = singular === "ocm" ? "ocmCrd" : "providerConfigCrd";
  const json = JSON.stringify(crd, null, 2);
  return `/** The CustomResourceDefinition of ${kind}. */\nexport const ${name} = ${json} as const;`;
}

if (import.meta.main) {
  for (const [name, content] of await generateApi()) {
    writeFileSync(join(apiFolder, name), content);
  }
}
