import { isJsonObject, writeJson } from "../../json.ts";
import type { PrinterColumn } from "../api/served-resource.ts";
import { ageOf } from "./human-age.ts";
import { type Column, nameColumn } from "./column.ts";
import { findByPath } from "./json-path.ts";

const DEFAULT: PrinterColumn = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description: "CreationTimestamp is a timestamp representing the server time when this object was created.",
};

/** Columns of a custom resource: the CRD's own, or its age. */
export function customColumns(columns: readonly PrinterColumn[]): readonly Column[] {
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
