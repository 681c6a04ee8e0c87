import type { Obj } from "../../object.ts";
import { ageOf } from "./human-age.ts";

/** One column of a table and how its cells come about. */
export type Column = {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly cell: (object: Obj, now: number) => unknown;
};

type Cell = Column["cell"];

/** A column of text that is always shown. */
export function column(name: string, cell: Cell, type = "string"): Column {
  return { name, type, format: "", description: name, priority: 0, cell };
}

/** A column for `-o wide` only. */
export function wideColumn(name: string, cell: Cell): Column {
  return { ...column(name, cell), priority: 1 };
}

/** The column every table starts with. */
export const nameColumn: Column = { ...column("Name", ({ metadata }) => metadata.name), format: "name" };

/** How long the object exists. */
export const ageColumn: Column = column("Age", ({ metadata }, now) => ageOf(metadata.creationTimestamp, now));

/** When the object was made: what tables show of kinds they know nothing about. */
export const createdColumn: Column = column("Created At", ({ metadata }) => metadata.creationTimestamp, "date");
