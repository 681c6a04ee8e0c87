import type { Obj } from "../../object.ts";
import { textAt, valueAt } from "../../value-at.ts";
import { type Column, column, nameColumn, wideColumn } from "./column.ts";
import { ageOf } from "./human-age.ts";

/** Columns of an event whose object is named by the field `subject`. */
export function eventColumns(subject: "involvedObject" | "regarding"): readonly Column[] {
  const source = subject === "regarding" ? "deprecatedSource" : "source";
  return [
    column("Last Seen", (event, now) => ageOf(lastSeen(event), now)),
    column("Type", (event) => textAt(event, "type")),
    column("Reason", (event) => textAt(event, "reason")),
    column("Object", (event) => {
      const name = textAt(event, subject, "name");
      return textAt(event, subject, "kind").toLowerCase() + (name === "" ? "" : `/${name}`);
    }),
    wideColumn("Subobject", (event) => textAt(event, subject, "fieldPath")),
    wideColumn("Source", (event) => sourceOf(event, source)),
    column("Message", (event) => (textAt(event, "message") || textAt(event, "note")).trim()),
    wideColumn("First Seen", (event, now) => ageOf(firstSeen(event), now)),
    wideColumn("Count", (event) => valueAt(event, "series", "count") ?? valueAt(event, "count") ?? 1),
    { ...nameColumn, priority: 1 },
  ];
}

function sourceOf(event: Obj, source: string): string {
  const component = textAt(event, source, "component") || reporter(event);
  const host = textAt(event, source, "host") || textAt(event, "reportingInstance");
  return host === "" ? component : `${component}, ${host}`;
}

function reporter(event: Obj): string {
  return textAt(event, "reportingComponent") || textAt(event, "reportingController");
}

function firstSeen(event: Obj): string {
  return textAt(event, "firstTimestamp") || textAt(event, "deprecatedFirstTimestamp") || textAt(event, "eventTime");
}

function lastSeen(event: Obj): string {
  return (
    textAt(event, "series", "lastObservedTime") ||
    textAt(event, "lastTimestamp") ||
    textAt(event, "deprecatedLastTimestamp") ||
    firstSeen(event)
  );
}
