import type { Obj } from "../../object.ts";
import { listAt, objectAt } from "../../value-at.ts";
import { notFound } from "../api/api-error.ts";
import { decodeObject, parseJsonObject } from "../request/decode-object.ts";
import type { Call } from "./call.ts";
import { liveObject } from "./update.ts";

/** Answers `PUT /api/v1/namespaces/<name>/finalize`: replaces the finalizers in the spec, and nothing else. */
export function finalizeNamespace(call: Call): Obj {
  const live = liveObject(call);
  if (live === undefined) {
    throw notFound({ group: "", kind: "namespaces", name: call.info.name });
  }
  const wanted = decodeObject(call.resource, parseJsonObject(call.body));
  const finalizers = listAt(wanted, "spec", "finalizers");
  const next: Obj = { ...live, spec: { ...objectAt(live, "spec"), finalizers } };
  const { storage } = call.core;
  const isFree = finalizers.length === 0 && (live.metadata.finalizers ?? []).length === 0;
  if (isFree && live.metadata.deletionTimestamp !== undefined) {
    storage.remove(call.resource.collection, next);
    return next;
  }
  return storage.put(call.resource.collection, next);
}
