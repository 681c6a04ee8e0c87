import { isJsonObject, type JsonObject } from "../../../json.ts";
import type { Obj } from "../../../object.ts";
import { trusted } from "../../../trusted.ts";
import { textAt } from "../../../value-at.ts";
import type { Violation } from "../../api/api-error.ts";
import { PLAIN_STRATEGY, type Strategy } from "../resource.ts";

const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  reason: ["reason"],
  type: ["type"],
  source: ["source", "component"],
  reportingComponent: ["reportingComponent"],
};

const OBJECT_FIELDS = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

const STRATEGY: Strategy = { ...PLAIN_STRATEGY, allowsCreateOnUpdate: true };

// Name in core/v1 on the left, in events.k8s.io/v1 on the right.
const NAMES: readonly (readonly [core: string, modern: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["reportingComponent", "reportingController"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
];

/** Events of the core group, which is also the form that is stored. */
export const coreEventStrategy: Strategy = {
  ...STRATEGY,
  selectableFields: selectable("involvedObject"),
  prepare: ({ after }) => withCoreDefaults(after),
  validate: ({ before, after }) => (before === undefined ? validateEvent(after) : []),
};

/** Events of `events.k8s.io`: the same objects under other names. */
export const eventStrategy: Strategy = {
  ...STRATEGY,
  selectableFields: { ...selectable("regarding"), reportingController: ["reportingController"] },
  prepare: ({ after }) => renamed(withCoreDefaults(renamed(after, "toCore")), "toModern"),
  fromStored: (object) => renamed(object, "toModern"),
  toStored: (object) => renamed(object, "toCore"),
};

// Events with an `eventTime` are of the newer form, which may be about anything anywhere.
function validateEvent(event: Obj): readonly Violation[] {
  const about = textAt(event, "involvedObject", "namespace");
  const { namespace = "" } = event.metadata;
  const fits = about === "" ? namespace === "default" : about === namespace;
  if (fits || textAt(event, "eventTime") !== "") {
    return [];
  }
  const message = `Invalid value: ${JSON.stringify(about)}: does not match event.namespace`;
  return [{ field: "involvedObject.namespace", reason: "FieldValueInvalid", message }];
}

function selectable(objectField: string): Readonly<Record<string, readonly string[]>> {
  const ofObject = OBJECT_FIELDS.map((field) => [`${objectField}.${field}`, [objectField, field]] as const);
  return { ...SELECTABLE, ...Object.fromEntries(ofObject) };
}

function withCoreDefaults(event: Obj): Obj {
  return {
    ...event,
    source: event["source"] ?? {},
    firstTimestamp: event["firstTimestamp"] ?? null,
    lastTimestamp: event["lastTimestamp"] ?? null,
    eventTime: event["eventTime"] ?? null,
    reportingComponent: event["reportingComponent"] ?? "",
    reportingInstance: event["reportingInstance"] ?? "",
  };
}

function renamed(event: Obj, direction: "toCore" | "toModern"): Obj {
  const pairs = direction === "toModern" ? NAMES : NAMES.map(([core, modern]) => [modern, core] as const);
  const names = new Map(pairs);
  const entries = Object.entries(event).map(([key, value]) => [names.get(key) ?? key, value]);
  const series = isJsonObject(event["series"]) ? { series: seriesOf(event["series"]) } : {};
  const apiVersion = direction === "toModern" ? "events.k8s.io/v1" : "v1";
  const shown = direction === "toModern" ? entries.filter(([, value]) => value !== "") : entries;
  return { ...trusted<Obj>(Object.fromEntries(shown)), ...series, apiVersion };
}

function seriesOf(series: JsonObject): JsonObject {
  return { count: series["count"] ?? 0, lastObservedTime: series["lastObservedTime"] ?? null };
}
