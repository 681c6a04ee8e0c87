import type { PrinterColumn, ServedResource } from "../api/served-resource.ts";
import { builtinColumns } from "./builtin-columns.ts";
import { ageOf, type Column, nameColumn } from "./column.ts";
import { deepEqual } from "../../deep-equal.ts";
import { isJsonObject, writeJson } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { valueAt } from "../../value-at.ts";

/** What a table shows. */
type TableInput = { readonly objects: readonly Obj[]; readonly resource: ServedResource; readonly now: number };

/** A `meta.k8s.io/v1` Table with the columns the API server has for the resource, one row an object. */
export function toTable({ objects, resource, now }: TableInput): object {
  const { group, kind, schema, printerColumns } = resource;
  const columns = schema === undefined ? builtinColumns(group, kind) : customColumns(printerColumns ?? []);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    columnDefinitions: columns.map(({ cell: _cell, ...definition }) => definition),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, now) ?? null),
      object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
    })),
  };
}

const DEFAULT: PrinterColumn = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description: "CreationTimestamp is a timestamp representing the server time when this object was created.",
};

/** Columns of a custom resource: the CRD's own, or its age. */
function customColumns(columns: readonly PrinterColumn[]): readonly Column[] {
  const own = columns.length === 0 ? [DEFAULT] : columns;
  return [nameColumn, ...own.map(toColumn)];
}

function toColumn({ name, type, jsonPath, format = "", description, priority = 0 }: PrinterColumn): Column {
  return {
    name,
    type,
    format,
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority,
    cell: (object, now) => cellOf(type, findByPath(object, jsonPath)[0], now),
  };
}

function cellOf(type: string, value: unknown, now: number): unknown {
  if (value === undefined || value === null) {
    return null;
  }
  switch (type) {
    case "string":
      return textOf(value);
    case "date":
      return typeof value === "string" ? dateCell(value, now) : null;
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    default:
      return typeof value === type ? value : null;
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  return isJsonObject(value) || Array.isArray(value) ? writeJson(value) : String(value);
}

function dateCell(value: string, now: number): string {
  return Number.isNaN(Date.parse(value)) ? "<invalid>" : ageOf(value, now);
}

type Step = (value: unknown) => readonly unknown[];

const STEP =
  /^(?:\.?\[\?\(@\.([\w./-]+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([\w.]+))\)\]|\.?\[['"]((?:\\.|[^'"\\])*)['"]\]|\.?\[(\*|-?\d+)\]|\.\*|\.((?:\\.|[^.[\\])+))/u;

/**
 * All values a JSON path leads to: fields, indexes, `[*]` and filters such as `[?(@.type=="Ready")]`.
 *
 * A path that leads nowhere, or uses anything else, gives nothing.
 */
export function findByPath(value: unknown, path: string): readonly unknown[] {
  let rest = path.startsWith(".") || path.startsWith("[") ? path : `.${path}`;
  let found: readonly unknown[] = [value];
  while (rest !== "") {
    const match = STEP.exec(rest);
    if (match === null) {
      return [];
    }
    found = found.flatMap(stepOf(match));
    rest = rest.slice(match[0].length);
  }
  return found;
}

function stepOf(match: RegExpExecArray): Step {
  const [text, filterField, operator, ...rest] = match;
  const [doubleQuoted, singleQuoted, bare, quotedKey, index, key] = rest;
  if (filterField !== undefined) {
    const wanted = doubleQuoted ?? singleQuoted ?? parseBare(bare ?? "");
    return (value) => itemsOf(value).filter((item) => matches(item, filterField, wanted) === (operator === "=="));
  }
  if (index === "*" || text === ".*") {
    return itemsOf;
  }
  if (index !== undefined) {
    return (value) => itemsOf(value).slice(...range(Number(index)));
  }
  const name = (quotedKey ?? key ?? "").replaceAll(/\\(.)/gu, "$1");
  return (value) => (isJsonObject(value) && value[name] !== undefined ? [value[name]] : []);
}

function range(index: number): [start: number, end: number | undefined] {
  return [index, index === -1 ? undefined : index + 1];
}

function matches(item: unknown, field: string, wanted: unknown): boolean {
  return deepEqual(valueAt(item, ...field.split(".")), wanted);
}

function parseBare(text: string): unknown {
  return text === "true" || text === "false" ? text === "true" : Number(text);
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) {
    return value as readonly unknown[];
  }
  return isJsonObject(value) ? Object.values(value) : [];
}
