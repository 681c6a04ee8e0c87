import { isRecord } from "../../kube/json.ts";
import type { KubeObject } from "../../kube/object.ts";
import { groupOf } from "../../kube/resource.ts";
import type { ProviderCrd } from "../platform/read-crd.ts";

/** Lists the fields of an object's spec that its API server would drop, because the schema of the kind has none such. */
export function unknownFields(crds: readonly ProviderCrd[], object: KubeObject): readonly string[] {
  const crd = crds.find(({ spec }) => spec.names.kind === object.kind && spec.group === groupOf(object.apiVersion));
  const schema = crd?.spec.versions[0]?.schema.openAPIV3Schema.properties.spec;
  const { spec } = { spec: undefined, ...object };
  return schema === undefined ? [] : unknownIn(schema, spec, "spec");
}

function unknownIn(schema: unknown, value: unknown, field: string): readonly string[] {
  if (!isRecord(schema) || schema["x-kubernetes-preserve-unknown-fields"] === true) {
    return [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => unknownIn(schema["items"], item, `${field}[${index}]`));
  }
  const { properties, additionalProperties } = schema;
  if (!isRecord(value) || (properties === undefined && additionalProperties === undefined)) {
    return [];
  }
  return Object.entries(value).flatMap(([name, child]) => {
    const known = isRecord(properties) && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    return known === undefined ? [`${field}.${name}`] : unknownIn(known, child, `${field}.${name}`);
  });
}
