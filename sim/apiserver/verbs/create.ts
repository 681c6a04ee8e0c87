import type { Obj } from "../../object.ts";
import { textAt } from "../../value-at.ts";
import { alreadyExists, ApiError, badRequest, forbidden, invalid, notFound } from "../api/api-error.ts";
import { kubeTime } from "../api/kube-time.ts";
import { admit } from "./admit.ts";
import { checkEscalation } from "../auth/escalation.ts";
import { randomSuffix, randomUid } from "../api/random-text.ts";
import { kindSubjectOf, type Resource, subjectOf } from "../registry/resource.ts";
import type { WriteOptions } from "../request/write-options.ts";
import { storageKey } from "../storage/collection.ts";
import { validateMetadata } from "./validate-metadata.ts";
import type { Call, Core } from "./call.ts";
import { checkStoredSize } from "./check-size.ts";
import { fromStored, toStored } from "./conversion.ts";
import { fitSchema } from "./fit-schema.ts";
import { trackFields } from "./track-fields.ts";

/** How a new object's `managedFields` come about. */
export type Tracking = (call: Call, object: Obj) => Obj;

/** Creates an object that was decoded for the call's resource, and returns it as stored. */
export function createObject(call: Call, sent: Obj, options: WriteOptions, track?: Tracking): Obj {
  const { resource, core } = call;
  const placed = place(call, sent);
  checkNamespace(call, placed.metadata.name);
  const fresh = fitSchema(call, withSystemMetadata(call, placed), options.fieldValidation);
  const defaulted = resource.strategy.defaults?.({ before: undefined, after: fresh }) ?? fresh;
  const tracked =
    track === undefined ? trackFields(call, options.manager, { after: defaulted }) : track(call, defaulted);
  const prepared = prepare(resource, tracked);
  checkEscalation({ ...core, ...call }, prepared);
  checkNew(resource, prepared);
  admit(call, { before: undefined, after: prepared }, options.dryRun);
  if (core.storage.collection(resource.collection).get(keyOf(resource, prepared)) !== undefined) {
    throw alreadyExists(subjectOf(resource, prepared.metadata.name));
  }
  if (options.dryRun) {
    return prepared;
  }
  checkStoredSize(prepared);
  return fromStored(resource, core.storage.put(resource.collection, toStored(resource, prepared)));
}

function prepare(resource: Resource, object: Obj): Obj {
  const prepared = resource.strategy.prepare?.({ before: undefined, after: object }) ?? object;
  if (!hasStatusSubresource(resource) || resource.strategy.schema === undefined) {
    return prepared;
  }
  const { status: _status, ...withoutStatus } = prepared;
  // What a client says about the status is lost; what the schema says is not.
  return resource.strategy.schema.applyDefaults<Obj>(withoutStatus);
}

/** Whether main and status of an object are written through different paths. */
export function hasStatusSubresource(resource: Resource): boolean {
  return resource.subresources.includes("status");
}

function place(call: Call, sent: Obj): Obj {
  const { resource, info } = call;
  checkPlace(call, sent);
  const { namespace: _namespace, ...metadata } = sent.metadata;
  const namespace = resource.namespaced ? { namespace: info.namespace } : {};
  return { ...sent, metadata: { ...metadata, name: nameOf(call, sent), ...namespace } };
}

function checkPlace({ resource, info }: Call, { metadata }: Obj): void {
  const { namespace = "", resourceVersion } = metadata;
  if (resource.namespaced && namespace !== "" && namespace !== info.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (resourceVersion !== undefined) {
    const message = "resourceVersion should not be set on objects to be created";
    throw new ApiError({ code: 500, reason: "", message });
  }
}

function nameOf({ core, resource }: Call, { metadata }: Obj): string {
  const { name, generateName = "" } = metadata;
  if (name !== "") {
    return name;
  }
  if (generateName !== "") {
    return generatedName(generateName, core);
  }
  const message = "Required value: name or generateName is required";
  throw invalid(kindSubjectOf(resource, ""), [{ field: "metadata.name", reason: "FieldValueRequired", message }]);
}

const GENERATED_BASE_LENGTH = 58;

function generatedName(base: string, core: Core): string {
  return `${base.slice(0, GENERATED_BASE_LENGTH)}${randomSuffix(core.random)}`;
}

function withSystemMetadata({ resource, core }: Call, object: Obj): Obj {
  const {
    deletionTimestamp: _time,
    deletionGracePeriodSeconds: _grace,
    generation: _count,
    ...metadata
  } = object.metadata;
  return {
    ...object,
    metadata: {
      ...metadata,
      uid: randomUid(core.random),
      creationTimestamp: kubeTime(core.clock.now()),
      ...(resource.strategy.hasGeneration && { generation: 1 }),
    },
  };
}

function checkNew(resource: Resource, object: Obj): void {
  const { strategy } = resource;
  const violations = [
    ...(strategy.validate?.({ before: undefined, after: object }) ?? []),
    ...(strategy.schema?.validate(object) ?? []),
    ...validateMetadata(resource, object),
  ];
  if (violations.length > 0) {
    throw invalid(kindSubjectOf(resource, object.metadata.name), violations);
  }
}

// What the admission plugin NamespaceLifecycle refuses.
function checkNamespace({ resource, info, core }: Call, name: string): void {
  if (resource.terminating === true) {
    const subject = subjectOf(resource, name);
    const message = "create not allowed while custom resource definition is terminating";
    throw new ApiError({ code: 405, reason: "MethodNotAllowed", message, subject });
  }
  if (!resource.namespaced) {
    return;
  }
  const namespace = core.storage.collection("namespaces").get(info.namespace);
  if (namespace === undefined) {
    throw notFound({ group: "", kind: "namespaces", name: info.namespace });
  }
  if (textAt(namespace, "status", "phase") === "Terminating") {
    const why = `unable to create new content in namespace ${info.namespace} because it is being terminated`;
    const message = `namespace ${info.namespace} is being terminated`;
    throw forbidden(subjectOf(resource, name), why, [
      { reason: "NamespaceTerminating", message, field: "metadata.namespace" },
    ]);
  }
}

function keyOf(resource: Resource, { metadata }: Obj): string {
  return storageKey(resource.namespaced ? metadata.namespace : undefined, metadata.name);
}
