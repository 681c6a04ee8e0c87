import { deepEqual } from "../../deep-equal.ts";
import { trusted } from "../../trusted.ts";
import { listAt } from "../../value-at.ts";
import type { Metadata, Obj } from "../../object.ts";
import { badRequest, conflict, invalid, notFound, type Violation } from "../api/api-error.ts";
import { admit } from "./admit.ts";
import { checkEscalation } from "../auth/escalation.ts";
import { kindSubjectOf, type Resource, subjectOf } from "../registry/resource.ts";
import type { WriteOptions } from "../request/write-options.ts";
import { storageKey } from "../storage/collection.ts";
import { validateMetadata, validateMetadataUpdate } from "./validate-metadata.ts";
import type { Call } from "./call.ts";
import { checkStoredSize } from "./check-size.ts";
import { fromStored, toStored } from "./conversion.ts";
import { hasStatusSubresource } from "./create.ts";
import { fitSchema } from "./fit-schema.ts";
import { trackFields } from "./track-fields.ts";

/** A change of an existing object. */
export type Change = {
  /** The object as the client wants it, given the object as it is. */
  readonly derive: (live: Obj) => Obj;
  /** The client has to say which version it changes, unless the resource does not care. */
  readonly needsResourceVersion: boolean;
  /** The result of `derive` already has its `managedFields`. */
  readonly tracked?: boolean;
};

/** Changes an object, and returns it as stored. The last finalizer of a deleted object takes the object with it. */
export function updateObject(call: Call, change: Change, options: WriteOptions): Obj {
  const { resource } = call;
  const live = liveObject(call);
  if (live === undefined) {
    throw notFound(subjectOf(resource, call.info.name));
  }
  const wanted = change.derive(live);
  checkVersion(call, { live, wanted, needsResourceVersion: change.needsResourceVersion });
  const fitted = fitSchema(call, withFixedMetadata(live, wanted), options.fieldValidation);
  const defaulted = resource.strategy.defaults?.({ before: live, after: fitted }) ?? fitted;
  const masked = maskSubresource(call, live, defaulted);
  const tracked =
    change.tracked === true ? masked : trackFields(call, options.manager, { before: live, after: masked });
  const prepared = resource.strategy.prepare?.({ before: live, after: tracked }) ?? tracked;
  const counted = withGeneration(resource, live, prepared);
  if (!isOnlyForGarbage(live, counted)) {
    checkEscalation({ ...call.core, ...call }, counted);
  }
  checkChanged(call, live, counted);
  admit(call, { before: live, after: counted }, options.dryRun);
  return store(call, { live, next: counted, dryRun: options.dryRun });
}

/** The call's object as its version shows it. */
export function liveObject({ core, resource, info }: Call): Obj | undefined {
  const key = storageKey(resource.namespaced ? info.namespace : undefined, info.name);
  const stored = core.storage.collection(resource.collection).get(key);
  return stored === undefined ? undefined : fromStored(resource, stored);
}

function store({ core, resource }: Call, write: { live: Obj; next: Obj; dryRun: boolean }): Obj {
  const { live, next, dryRun } = write;
  if (dryRun || sameButForTimes(live, next)) {
    return dryRun ? next : live;
  }
  const { storage } = core;
  const finished = live.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
  if (finished && !isHeldBySpec(next)) {
    storage.remove(resource.collection, toStored(resource, next));
    return next;
  }
  checkStoredSize(next);
  return fromStored(resource, storage.put(resource.collection, toStored(resource, next)));
}

/** Namespaces have a second list of finalizers, in their spec. */
export function isHeldBySpec(object: Obj): boolean {
  return object.kind === "Namespace" && object.apiVersion === "v1" && listAt(object, "spec", "finalizers").length > 0;
}

type VersionCheck = { readonly live: Obj; readonly wanted: Obj; readonly needsResourceVersion: boolean };

function checkVersion({ resource, info }: Call, { live, wanted, needsResourceVersion }: VersionCheck): void {
  checkIdentity(resource, info, wanted);
  const { name, resourceVersion = "", uid } = wanted.metadata;
  if (uid !== undefined && uid !== live.metadata.uid) {
    const key = storageKey(info.namespace, name);
    const why = `StorageError: invalid object, Code: 4, Key: /registry/${resource.plural}/${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ""}`;
    throw conflict(subjectOf(resource, name), why);
  }
  if (resourceVersion === "") {
    checkUnconditional(resource, name, needsResourceVersion);
  } else if (resourceVersion !== live.metadata.resourceVersion) {
    const why = "the object has been modified; please apply your changes to the latest version and try again";
    throw conflict(subjectOf(resource, name), why);
  }
}

function checkIdentity(resource: Resource, info: Call["info"], { metadata }: Obj): void {
  const { name, namespace = "" } = metadata;
  if (name === "") {
    throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
  }
  if (name !== info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  if (resource.namespaced && namespace !== "" && namespace !== info.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

function checkUnconditional(resource: Resource, name: string, needsResourceVersion: boolean): void {
  if (needsResourceVersion && !resource.strategy.allowsUnconditionalUpdate) {
    const message = "Invalid value: 0: must be specified for an update";
    throw invalid(subjectOf(resource, name), [
      { field: "metadata.resourceVersion", reason: "FieldValueInvalid", message },
    ]);
  }
}

// What no client can change. That an object is being deleted may be left out, but not made up.
function withFixedMetadata(live: Obj, wanted: Obj): Obj {
  const mayLeaveOut = (["deletionTimestamp", "deletionGracePeriodSeconds"] as const).filter(
    (field) => wanted.metadata[field] === undefined,
  );
  const fixed = ["uid", "creationTimestamp", "generation", ...mayLeaveOut] as const;
  const kept = fixed.filter((field) => live.metadata[field] !== undefined);
  const own = Object.entries(wanted.metadata).filter(([field]) => !fixed.some((name) => name === field));
  const metadata = {
    ...trusted<Metadata>(Object.fromEntries(own)),
    ...Object.fromEntries(kept.map((field) => [field, live.metadata[field]])),
    ...(live.metadata.namespace !== undefined && { namespace: live.metadata.namespace }),
    resourceVersion: live.metadata.resourceVersion ?? "",
  };
  return { ...wanted, metadata };
}

function maskSubresource({ resource, info }: Call, live: Obj, wanted: Obj): Obj {
  if (info.subresource === "status") {
    return onlyStatus(resource, live, wanted);
  }
  return hasStatusSubresource(resource) ? withField(wanted, "status", live["status"]) : wanted;
}

function onlyStatus(resource: Resource, live: Obj, wanted: Obj): Obj {
  const { managedFields } = wanted.metadata;
  const custom = resource.strategy.schema !== undefined;
  const metadata = custom
    ? { ...live.metadata, ...(managedFields !== undefined && { managedFields }) }
    : { ...wanted.metadata, ...(live.metadata.labels !== undefined && { labels: live.metadata.labels }) };
  return withField({ ...live, metadata }, "status", wanted["status"]);
}

function withField(object: Obj, field: string, value: unknown): Obj {
  const { [field]: _, ...rest } = object;
  return trusted(value === undefined ? rest : { ...rest, [field]: value });
}

function withGeneration(resource: Resource, live: Obj, next: Obj): Obj {
  if (!resource.strategy.hasGeneration) {
    return next;
  }
  const ignored = hasStatusSubresource(resource) ? ["metadata", "status"] : ["metadata"];
  const same = deepEqual(without(live, ignored), without(next, ignored));
  const generation = (live.metadata.generation ?? 0) + (same ? 0 : 1);
  return { ...next, metadata: { ...next.metadata, generation } };
}

function without(object: Obj, fields: readonly string[]): unknown {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)));
}

function checkChanged({ resource, info }: Call, live: Obj, next: Obj): void {
  const { schema, validate } = resource.strategy;
  const violations: readonly Violation[] = [
    ...validateMetadata(resource, next),
    ...validateMetadataUpdate(live.metadata, next.metadata),
    ...(validate?.({ before: live, after: next }) ?? []),
    ...((info.subresource === "status" ? schema?.validateStatus(next, live) : schema?.validate(next, live)) ?? []),
  ];
  if (violations.length > 0) {
    throw invalid(kindSubjectOf(resource, next.metadata.name), violations);
  }
}

// Owners and finalizers of a role grant nothing.
function isOnlyForGarbage(live: Obj, next: Obj): boolean {
  const { ownerReferences, finalizers, managedFields } = live.metadata;
  const fields = Object.entries({ ...next.metadata, ownerReferences, finalizers, managedFields });
  const metadata = trusted<Metadata>(Object.fromEntries(fields.filter(([, value]) => value !== undefined)));
  return deepEqual({ ...next, metadata }, live);
}

// A write that only moves the times of managedFields is none.
function sameButForTimes(live: Obj, next: Obj): boolean {
  return deepEqual(withoutTimes(live), withoutTimes(next));
}

function withoutTimes({ metadata, ...rest }: Obj): unknown {
  const managedFields = (metadata.managedFields ?? []).map(({ time: _time, ...entry }) => entry);
  return { ...rest, metadata: { ...metadata, managedFields } };
}
