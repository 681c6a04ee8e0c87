import { compile, type JSONSchema } from "json-schema-to-typescript";
import { type Crd, readCrdFile, schemaOf } from "./crds.ts";

const BANNER = "// Generated from crds/*.yaml by `npm run generate`; do not edit.";

/** Returns the TypeScript types of spec and status of each kind that the provider reconciles. */
export async function apiTypes(): Promise<string> {
  const crds = [readCrdFile("ocm"), readCrdFile("providerconfig")];
  const types = await Promise.all(crds.flatMap((crd) => ["spec", "status"].map((part) => typeOf(crd, part))));
  return `${BANNER}\n\n${types.join("\n")}`;
}

async function typeOf(crd: Crd, part: string): Promise<string> {
  const schema = schemaOf(crd).properties?.[part];
  if (schema === undefined) {
    throw new Error(`the CRD of ${crd.spec.names.kind} has no ${part}`);
  }
  const name = `${crd.spec.names.kind}${part.charAt(0).toUpperCase()}${part.slice(1)}`;
  return compile({ ...openWhereUnknownIsKept(schema), title: name }, name, {
    additionalProperties: false,
    bannerComment: "",
  });
}

function openWhereUnknownIsKept(schema: object): JSONSchema {
  const text = JSON.stringify(schema, (_key, value: unknown) =>
    typeof value === "object" && value !== null && "x-kubernetes-preserve-unknown-fields" in value
      ? { ...value, additionalProperties: true }
      : value,
  );
  return JSON.parse(text) as JSONSchema;
}
