import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { isJsonList } from "./as-json.ts";
import { declaredProperty, type SchemaNode } from "./schema-node.ts";

const RESERVED = new Set(
  (
    "true false null in as break const continue else for function if import let loop package namespace return " +
    "var void while"
  ).split(" "),
);

const ESCAPES: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

const text: SchemaNode = { type: "string" };
const resourceNodes: Readonly<Record<string, SchemaNode>> = {
  apiVersion: text,
  kind: text,
  metadata: { type: "object", properties: { name: text, generateName: text } },
};

/** The value as rules see it: only declared fields, integers and numbers apart, escaped field names. */
export function celValue(node: SchemaNode | undefined, value: Json, isResource = false): unknown {
  if (isJsonList(value)) {
    return value.map((item) => celValue(node?.items, item, isEmbedded(node?.items)));
  }
  if (isJsonObject(value)) {
    return celObject(node, value, isResource);
  }
  if (typeof value === "number" || typeof value === "bigint") {
    return celNumber(node, value);
  }
  return typeof value === "string" ? celText(node?.format, value) : value;
}

function celNumber(node: SchemaNode | undefined, value: number | bigint): number | bigint {
  const isInteger = typeof value === "bigint" || Number.isInteger(value);
  return node?.type === "number" || !isInteger ? Number(value) : BigInt(value);
}

function celObject(node: SchemaNode | undefined, object: JsonObject, isResource: boolean): unknown {
  const entries: [string, unknown][] = [];
  const additional = typeof node?.additionalProperties === "object" ? node.additionalProperties : undefined;
  for (const [key, value] of Object.entries(object)) {
    const declared = (isResource ? resourceNodes[key] : undefined) ?? declaredProperty(node, key);
    if (value === undefined) {
      continue;
    }
    if (declared !== undefined) {
      entries.push([escapeField(key), celValue(declared, value, isEmbedded(declared))]);
    } else if (additional !== undefined) {
      entries.push([key, celValue(additional, value, isEmbedded(additional))]);
    }
  }
  return Object.fromEntries(entries);
}

function isEmbedded(node: SchemaNode | undefined): boolean {
  return node?.["x-kubernetes-embedded-resource"] === true;
}

function celText(format: string | undefined, value: string): unknown {
  const time = format === "date-time" || format === "date" ? new Date(value) : undefined;
  return time === undefined || Number.isNaN(time.getTime()) ? value : time;
}

// The name under which a rule reaches the field `key`.
function escapeField(key: string): string {
  if (RESERVED.has(key)) {
    return `__${key}__`;
  }
  return key.replaceAll(/__|[-./]/gu, (part) => ESCAPES[part] ?? part);
}
