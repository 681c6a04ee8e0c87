import type { JsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { badRequest, expired, tooLargeResourceVersion } from "../api-error.ts";
import { parseResourceVersion } from "../request/resource-version.ts";
import { parseSelection } from "../request/selection.ts";
import { keyOf } from "../storage/collection.ts";
import type { Call } from "./call.ts";
import { fromStored } from "./conversion.ts";

/** One page of a list. */
export type Page = { readonly items: readonly Obj[]; readonly metadata: JsonObject };

type Position = { readonly revision: number; readonly after: string };

/** Reads a page. The pages of one list show the objects as they were at the first of them. */
export function listObjects(call: Call): Page {
  const { query, core } = call;
  const limit = parseLimit(query.get("limit"));
  const position = query.get("continue") ? decodePosition(query.get("continue") ?? "") : undefined;
  const revision = position?.revision ?? revisionOf(call);
  const all = objectsAt(call, revision, position !== undefined);
  const selects = parseSelection(call.resource, call.info.namespace, query);
  const selected = all.map((object) => fromStored(call.resource, object)).filter(selects);
  const rest = position === undefined ? selected : selected.filter((object) => keyOf(object) > position.after);
  const items = limit === 0 ? rest : rest.slice(0, limit);
  const left = rest.length - items.length;
  const last = items.at(-1);
  const shown = revision === core.storage.revision ? core.storage.revision : revision;
  return {
    items,
    metadata: {
      resourceVersion: String(shown),
      ...(left > 0 && last !== undefined && { continue: encodePosition({ revision, after: keyOf(last) }) }),
      ...(left > 0 && hasNoSelector(query) && { remainingItemCount: left }),
    },
  };
}

function revisionOf({ query, core }: Call): number {
  const wanted = parseResourceVersion(query.get("resourceVersion"));
  const current = core.storage.revision;
  if (wanted !== undefined && wanted > current) {
    throw tooLargeResourceVersion(wanted, current);
  }
  const exact = query.get("resourceVersionMatch") === "Exact" && wanted !== undefined;
  return exact ? wanted : current;
}

function objectsAt({ core, resource }: Call, revision: number, isContinued: boolean): readonly Obj[] {
  const collection = core.storage.collection(resource.collection);
  const objects = revision === core.storage.revision ? collection.list() : collection.listAt(revision);
  if (objects === undefined) {
    throw expired(
      isContinued
        ? "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter."
        : `too old resource version: ${String(revision)}`,
    );
  }
  return objects;
}

function hasNoSelector(query: URLSearchParams): boolean {
  return (query.get("labelSelector") ?? "") === "" && (query.get("fieldSelector") ?? "") === "";
}

function parseLimit(text: string | null): number {
  const limit = Number(text ?? "0");
  if (!Number.isInteger(limit) || limit < 0) {
    throw badRequest(`limit: Invalid value: ${String(text)}: must be greater than or equal to 0`);
  }
  return limit;
}

function encodePosition({ revision, after }: Position): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: after })).toString("base64url");
}

function decodePosition(token: string): Position {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, "base64url").toString()) as { rv?: unknown; start?: unknown };
    if (typeof rv === "number" && typeof start === "string") {
      return { revision: rv, after: start };
    }
  } catch {
    // Falls through to the same complaint as a token that parses into something else.
  }
  throw badRequest("continue key is not valid");
}
