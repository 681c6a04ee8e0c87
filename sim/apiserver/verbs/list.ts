import type { Obj } from "../../object.ts";
import { valueAt } from "../../value-at.ts";
import { badRequest, expired, tooLargeResourceVersion } from "../api/api-error.ts";
import { parseResourceVersion } from "../request/resource-version.ts";
import { parseSelection } from "../request/selection.ts";
import { keyOf } from "../storage/collection.ts";
import type { Call } from "./call.ts";
import { fromStored } from "./conversion.ts";
import type { Page } from "../response/representation.ts";

type Position = { readonly revision: number; readonly after: string };

/** Reads a page. The pages of one list show the objects as they were at the first of them. */
export function listObjects(call: Call): Page {
  const { query } = call;
  const limit = parseLimit(query.get("limit"));
  const position = parsePosition(query.get("continue"));
  const revision = position?.revision ?? revisionOf(call);
  const rest = objectsAt(call, revision, position !== undefined)
    .map((object) => fromStored(call.resource, object))
    .filter(parseSelection(call.resource, call.info.namespace, query))
    .filter((object) => position === undefined || keyOf(object) > position.after);
  const items = limit === 0 ? rest : rest.slice(0, limit);
  const resourceVersion = String(revision);
  const last = items.at(-1);
  if (last === undefined || items.length === rest.length) {
    return { items, metadata: { resourceVersion } };
  }
  const remaining = hasNoSelector(query) ? { remainingItemCount: rest.length - items.length } : {};
  const continueToken = encodePosition({ revision, after: keyOf(last) });
  return { items, metadata: { resourceVersion, continue: continueToken, ...remaining } };
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

function parsePosition(token: string | null): Position | undefined {
  if (token === null || token === "") {
    return undefined;
  }
  const value = parseToken(token);
  const revision = valueAt(value, "rv");
  const after = valueAt(value, "start");
  if (typeof revision !== "number" || typeof after !== "string") {
    throw badRequest("invalid continue token: continue key is not valid: no position in it");
  }
  return { revision, after };
}

function parseToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    return undefined;
  }
}
