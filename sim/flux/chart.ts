import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";

/** Where a chart is rendered for. */
export type ReleaseTarget = { readonly name: string; readonly namespace: string };

/** Type of a value in a chart's schema. */
export type ValueType = "integer" | "boolean" | "string" | "array" | "object";

/** A Helm chart as far as the stand-in can play it. */
export type Chart = {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
  readonly description: string;
  /** Values with a type, by JSON pointer, for example `/manager/replicas`. */
  readonly schema: Readonly<Record<string, ValueType>>;
  /** The objects of a release. Objects with `helm.sh/resource-policy: keep` survive its end. */
  readonly render: (target: ReleaseTarget, values: JsonObject) => readonly Obj[];
};

/** What a chart's schema has against values, one line a finding, in Helm's words. */
export function valuesFindings(chart: Chart, values: JsonObject): readonly string[] {
  return Object.entries(chart.schema).flatMap(([pointer, type]) => {
    const found = typeAt(values, pointer);
    return found === undefined || found === type ? [] : [`- at '${pointer}': got ${found}, want ${type}`];
  });
}

function typeAt(values: JsonObject, pointer: string): string | undefined {
  let value: unknown = values;
  for (const key of pointer.split("/").slice(1)) {
    value = typeof value === "object" && value !== null ? (value as JsonObject)[key] : undefined;
  }
  if (value === undefined) {
    return undefined;
  }
  return typeName(value);
}

function typeName(value: unknown): string {
  if (value === null) {
    return "null";
  }
  if (Array.isArray(value)) {
    return "array";
  }
  if (typeof value === "number") {
    return Number.isInteger(value) ? "integer" : "number";
  }
  return typeof value;
}
