import { isJsonObject, type JsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { textAt, valueAt } from "../../value-at.ts";
import { applyConflict, badRequest, conflict, invalid, notFound } from "../api/api-error.ts";
import { notPermitted } from "../auth/attributes.ts";
import { isAllowed } from "../auth/rbac.ts";
import { conflictCauses, conflictMessage } from "../apply/conflict.ts";
import { serverSideApply } from "../apply/server-side-apply.ts";
import { kubeTime } from "../api/kube-time.ts";
import { kindSubjectOf, type Resource, subjectOf } from "../registry/resource.ts";
import { decodeObject } from "../request/decode-object.ts";
import { loadYaml } from "../request/load-yaml.ts";
import { parseApplyOptions, type WriteOptions } from "../request/write-options.ts";
import { apiVersionOf } from "../api/served-resource.ts";
import type { Call } from "./call.ts";
import { createObject, hasStatusSubresource } from "./create.ts";
import { fitSchema } from "./fit-schema.ts";
import { resetFieldsOf } from "./track-fields.ts";
import { liveObject, updateObject } from "./update.ts";
import type { Written } from "./written.ts";

/** Merges what a manager wants into the object, or creates the object. Fields of other managers conflict. */
export function applyObject(call: Call): Written {
  const options = parseApplyOptions(call.query);
  const applied = decodeApplied(call, options);
  const live = liveObject(call);
  if (live === undefined) {
    return { object: createApplied(call, applied, options), created: true };
  }
  const derive = (current: Obj): Obj => merge(call, { live: current, applied, options });
  return {
    object: updateObject(call, { derive, needsResourceVersion: false, tracked: true }, options),
    created: false,
  };
}

function createApplied(call: Call, applied: Obj, options: WriteOptions): Obj {
  const subject = subjectOf(call.resource, call.info.name);
  if (call.info.subresource !== "") {
    throw notFound(subject);
  }
  checkCreation(call);
  if (applied.metadata.uid !== undefined) {
    const why = `uid mismatch: the provided object specified uid ${applied.metadata.uid}, and no existing object was found`;
    throw conflict(subject, why);
  }
  const merged = merge(call, { applied, options });
  // The storage gives a version of its own to what is stored, whichever the applier has named.
  const { managedFields = [], resourceVersion: _named, ...metadata } = merged.metadata;
  return createObject(call, { ...merged, metadata }, options, (_, object) => ({
    ...object,
    metadata: { ...object.metadata, managedFields },
  }));
}

// The right to patch was checked when the request came; whether the patch creates is known only now.
function checkCreation({ core, user, info, resource }: Call): void {
  const { group, plural } = resource;
  const attributes = { verb: "create", path: "", group, resource: plural, namespace: info.namespace, name: info.name };
  if (!isAllowed(core.storage, user, attributes)) {
    throw notPermitted(user, attributes);
  }
}

function decodeApplied(call: Call, options: WriteOptions): Obj {
  const sent = parseYaml(call.body);
  checkAppliedKind(call.resource, sent);
  const decoded = decodeObject(call.resource, sent);
  const { name } = decoded.metadata;
  if (name !== "" && name !== call.info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${call.info.name})`);
  }
  if ((valueAt(sent, "metadata", "managedFields") ?? null) !== null) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const metadata = { ...decoded.metadata, name: call.info.name };
  const named: Obj = {
    ...decoded,
    metadata: call.resource.namespaced ? { ...metadata, namespace: call.info.namespace } : metadata,
  };
  return fitApplied(call, maskApplied(call, named), options);
}

function checkAppliedKind(resource: Resource, sent: JsonObject): void {
  const apiVersion = textAt(sent, "apiVersion");
  const kind = textAt(sent, "kind");
  if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind) {
    throw badRequest(`invalid object type: ${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`);
  }
}

// Unknown fields go, but defaults do not come: nobody owns what nobody has applied.
function fitApplied(call: Call, applied: Obj, options: WriteOptions): Obj {
  fitSchema(call, applied, options.fieldValidation);
  const schema = call.resource.strategy.schema;
  return schema === undefined ? applied : schema.prune(applied).object;
}

// What the other path would write is not applied through this one.
function maskApplied({ resource, info }: Call, applied: Obj): Obj {
  if (info.subresource === "status") {
    const { apiVersion, kind, metadata, status } = applied;
    const { name, namespace, resourceVersion } = metadata;
    const identity = {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
    return { apiVersion, kind, metadata: identity, ...(status !== undefined && { status }) };
  }
  if (!hasStatusSubresource(resource)) {
    return applied;
  }
  const { status: _status, ...rest } = applied;
  return rest;
}

type Merge = { readonly live?: Obj; readonly applied: Obj; readonly options: WriteOptions };

function merge(call: Call, { live, applied, options }: Merge): Obj {
  const { resource, info, core } = call;
  const result = serverSideApply({
    ...(live !== undefined && { live }),
    applied,
    manager: options.manager,
    force: options.force,
    ...(resource.strategy.schema !== undefined && { schema: resource.strategy.schema }),
    time: kubeTime(core.clock.now()),
    ...(info.subresource !== "" && { subresource: info.subresource }),
    apiVersion: apiVersionOf(resource),
    resetFields: resetFieldsOf(call),
  });
  if ("conflicts" in result) {
    throw applyConflict(conflictMessage(result.conflicts), conflictCauses(result.conflicts));
  }
  const nulls = resource.strategy.schema?.nullsOf(result.object) ?? [];
  if (nulls.length > 0) {
    throw invalid(kindSubjectOf(resource, info.name), nulls);
  }
  return result.object;
}

function parseYaml(body: string): JsonObject {
  let value: unknown;
  try {
    value = loadYaml(body);
  } catch (cause) {
    throw badRequest(`error decoding YAML: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (!isJsonObject(value)) {
    throw badRequest("error decoding YAML: the body is not an object");
  }
  return value;
}
