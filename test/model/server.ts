import { jsonPatch } from "../../sim/apiserver/apply/json-patch.ts";
import { mergePatch } from "../../sim/apiserver/apply/merge-patch.ts";
import { recordUpdate } from "../../sim/apiserver/apply/record-update.ts";
import { serverSideApply } from "../../sim/apiserver/apply/server-side-apply.ts";
import { deepEqual } from "../../sim/deep-equal.ts";
import type { Metadata, Obj } from "../../sim/object.ts";
import { apiVersionOf } from "../../src/kube/resource.ts";
import { FIELD_MANAGER } from "../../src/ocm/field-manager.ts";
import { MANAGED_BY_LABEL } from "../../src/openmcp/platform/tenant-access.ts";
import { projectionOf } from "../../src/runtime/projection.ts";
import { things } from "./things.ts";
import { KIND_NAMES, type KindName, kindOf } from "./world.ts";

/** Every time in the model. */
export const TIME = "2026-01-01T00:00:00Z";

/** A request of the provider for one object. */
export type ObjectRequest = {
  readonly verb: "get" | "create" | "apply" | "merge" | "json" | "delete";
  readonly subresource?: string;
  readonly fieldManager?: string;
  readonly force?: boolean;
  readonly isNew?: boolean;
  readonly body?: unknown;
  readonly uid?: string;
  readonly resourceVersion?: string;
};

/** What an API server makes of a request: the object as it is stored then, and what it answers. */
export type Served = { readonly stored: Obj | undefined; readonly answer: Answer };
export type Answer =
  | { readonly object?: unknown }
  | { readonly error: "NotFound" | "Conflict" | "Invalid" | "AlreadyExists" | "Unauthorized" | "Silent" | "Failed" };

const USER_AGENT = "service-provider-ocm";

/**
 * Serves a request for one object, as the API server does for a custom resource.
 *
 * The resource version of an object is the number of its content: all that matters is whether two are equal.
 */
export function serve(live: Obj | undefined, request: ObjectRequest, uid: string): Served {
  if (request.verb === "apply") {
    return apply(live, request, uid);
  }
  if (request.verb === "create") {
    return live === undefined ? answered(created(request.body as Obj, uid)) : refused(live, "AlreadyExists");
  }
  if (live === undefined) {
    return refused(live, "NotFound");
  }
  switch (request.verb) {
    case "get":
      return answered(live);
    case "merge":
      return merge(live, request);
    case "json":
      return json(live, request);
    case "delete":
      return remove(live, request);
  }
}

/** The object with its resource version, as clients see it. */
export function present(stored: Obj): Obj {
  const id = things.idOf(stored);
  const { metadata } = stored;
  return { ...stored, metadata: { ...metadata, resourceVersion: String(id) } };
}

const projections = new Map<string, (object: Obj) => Obj>(
  KIND_NAMES.map(kindOf).map(({ resource, cluster }) => {
    const ofKind = projectionOf(resource, cluster === "platform" ? FIELD_MANAGER : undefined);
    return [`${apiVersionOf(resource)} ${resource.kind}`, ofKind as unknown as (object: Obj) => Obj];
  }),
);

/** The object as the provider's caches keep it. */
function project(object: Obj): Obj {
  return projections.get(`${object.apiVersion} ${object.kind}`)?.(object) ?? object;
}

const projected = new Map<KindName, Map<number, number>>();

/** Number of an object as it is in a cache of the provider; 0 where the watch leaves it out. */
export function seenId(name: KindName, storedId: number): number {
  const ofKind = projected.get(name) ?? new Map<number, number>();
  const known = ofKind.get(storedId);
  if (known !== undefined) {
    return known;
  }
  const stored = things.at(storedId) as Obj | undefined;
  const mark = stored?.metadata.labels?.[MANAGED_BY_LABEL] ?? "";
  const isLeftOut = kindOf(name).markedBy?.includes(mark) === false;
  const id = stored === undefined || isLeftOut ? 0 : things.idOf(project(present(stored)));
  projected.set(name, ofKind.set(storedId, id));
  return id;
}

const ownIds = new WeakMap<Obj, number>();

/** Number of an object as the answer to a write leaves it in a cache. */
export function ownId(object: Obj): number {
  const id = ownIds.get(object) ?? things.idOf(project(object));
  ownIds.set(object, id);
  return id;
}

function answered(stored: Obj): Served {
  return { stored, answer: { object: present(stored) } };
}

function refused(stored: Obj | undefined, error: Extract<Answer, { error: string }>["error"]): Served {
  return { stored, answer: { error } };
}

/** A new object. */
export function created(object: Obj, uid: string): Obj {
  const { resourceVersion: _none, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, uid, generation: 1, creationTimestamp: TIME } };
}

function apply(live: Obj | undefined, request: ObjectRequest, uid: string): Served {
  if (request.isNew === true && live !== undefined) {
    return refused(live, "Conflict");
  }
  const applied = request.body as Obj;
  const shown = live === undefined ? {} : { live };
  const result = serverSideApply({
    ...shown,
    applied,
    manager: request.fieldManager ?? USER_AGENT,
    force: request.force === true,
    time: TIME,
    apiVersion: applied.apiVersion,
  });
  if ("conflicts" in result) {
    return refused(live, "Conflict");
  }
  return answered(live === undefined ? created(result.object, uid) : counted(live, result.object));
}

function merge(live: Obj, { body, subresource, fieldManager }: ObjectRequest): Served {
  const { metadata = {}, ...content } = body as { readonly metadata?: Partial<Metadata> };
  const { uid, resourceVersion, ...rest } = metadata;
  if (!isAsSeen(live, { uid, resourceVersion })) {
    return refused(live, "Conflict");
  }
  const patch = subresource === "status" ? content : { ...content, metadata: rest };
  const after = mergePatch(live, patch);
  return subresource === "status" ? answered(after) : answered(updated(live, after, fieldManager ?? USER_AGENT));
}

function json(live: Obj, { body }: ObjectRequest): Served {
  try {
    const after = jsonPatch(present(live), body);
    const { resourceVersion: _shown, ...metadata } = after.metadata;
    return settled(updated(live, { ...after, metadata }, USER_AGENT));
  } catch {
    return refused(live, "Invalid");
  }
}

function remove(live: Obj, { uid, resourceVersion }: ObjectRequest): Served {
  if (!isAsSeen(live, { uid, resourceVersion })) {
    return refused(live, "Conflict");
  }
  return settled(marked(live));
}

/** An object that somebody wants gone. */
export function marked(live: Obj): Obj {
  const { metadata } = live;
  if (metadata.deletionTimestamp !== undefined) {
    return live;
  }
  const generation = (metadata.generation ?? 0) + 1;
  return { ...live, metadata: { ...metadata, generation, deletionTimestamp: TIME } };
}

/** What of an object is stored: nothing once it is being deleted and nobody holds it. */
export function kept(object: Obj): Obj | undefined {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  return deletionTimestamp !== undefined && finalizers.length === 0 ? undefined : object;
}

function settled(object: Obj): Served {
  return { stored: kept(object), answer: { object: present(object) } };
}

function isAsSeen(
  live: Obj,
  { uid, resourceVersion }: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined },
): boolean {
  const isSame = uid === undefined || uid === live.metadata.uid;
  return isSame && (resourceVersion === undefined || resourceVersion === String(things.idOf(live)));
}

/** What an update of `manager` makes of an object. */
export function updated(before: Obj, after: Obj, manager: string): Obj {
  const isAdopting = after.metadata.managedFields !== before.metadata.managedFields;
  const tracked = isAdopting
    ? after
    : recordUpdate({ before, after, manager, time: TIME, apiVersion: after.apiVersion });
  return counted(before, tracked);
}

function counted(before: Obj, after: Obj): Obj {
  const isSame = deepEqual(contentOf(before), contentOf(after));
  const generation = (before.metadata.generation ?? 0) + (isSame ? 0 : 1);
  return { ...after, metadata: { ...after.metadata, generation } };
}

function contentOf({ metadata: _metadata, status: _status, ...content }: Obj): unknown {
  return content;
}

/** The resource that a request is about. */
export type Asked = { readonly group: string; readonly plural: string };

/** The kind of object that a request names, if the model knows it. */
export function findKind({ name, ...asked }: Asked & { readonly name: string }): KindName | undefined {
  return kindsOf(asked).find((one) => kindOf(one).name === name);
}

/** The kinds of objects that are of a resource. */
export function kindsOf({ group, plural }: Asked): readonly KindName[] {
  return KIND_NAMES.filter((name) => {
    const { resource } = kindOf(name);
    return resource.plural === plural && resource.group === group;
  });
}

/** Whether an object is selected by its labels. */
export function isSelected({ metadata: { labels = {} } }: Obj, selector: string): boolean {
  const terms = selector.match(/[^,(]+(?:\([^)]*\))?/gu) ?? [];
  return terms.every((term) => {
    const [, label = "", values = ""] = /^(\S+?)(?:=| in )\(?([^)]*)\)?$/u.exec(term) ?? [];
    return values.split(",").includes(labels[label] ?? "");
  });
}
