import type { Metadata, Obj, OwnerReference } from "../../object.ts";
import type { Resource } from "../registry/resource.ts";
import type { Core } from "../verbs/call.ts";
import { storageKey } from "../storage/collection.ts";
import { toStored } from "../verbs/conversion.ts";
import { deleteObject } from "../verbs/delete.ts";
import { isHeldBySpec } from "../verbs/update.ts";
import { type OwnerGraph, ownersOf, type Place } from "./owner-graph.ts";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/** What garbage collection needs to know. */
export type Garbage = { readonly core: Core; readonly graph: OwnerGraph };

/** Decides about one object: whether its owners still hold it, and what its own deletion means for those it owns. */
export function collectGarbage({ core, graph }: Garbage, place: Place): void {
  const object = core.storage.collection(place.collection).get(place.key);
  const resource = core.registry.collections().find(({ collection }) => collection === place.collection);
  if (object === undefined || resource === undefined) {
    return;
  }
  if (object.metadata.deletionTimestamp !== undefined) {
    finishDeletion({ core, graph }, resource, object);
  } else if (ownersOf(object).length > 0) {
    judge({ core, graph }, resource, object);
  }
}

function finishDeletion(garbage: Garbage, resource: Resource, object: Obj): void {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(ORPHAN)) {
    orphanDependents(garbage, object);
    dropFinalizer(garbage.core, resource, object, ORPHAN);
  } else if (finalizers.includes(FOREGROUND)) {
    deleteInForeground(garbage, resource, object);
  }
}

function orphanDependents({ core, graph }: Garbage, owner: Obj): void {
  for (const { collection, key } of graph.dependentsOf(owner.metadata.uid ?? "")) {
    const dependent = core.storage.collection(collection).get(key);
    if (dependent !== undefined) {
      const left = ownersOf(dependent).filter(({ uid }) => uid !== owner.metadata.uid);
      core.storage.put(collection, withOwners(dependent, left));
    }
  }
}

function deleteInForeground(garbage: Garbage, resource: Resource, owner: Obj): void {
  const uid = owner.metadata.uid ?? "";
  for (const place of garbage.graph.dependentsOf(uid)) {
    collectGarbage(garbage, place);
  }
  const blocking = garbage.graph
    .dependentsOf(uid)
    .map(({ collection, key }) => garbage.core.storage.collection(collection).get(key))
    .filter((dependent) => dependent !== undefined)
    .flatMap(ownersOf)
    .filter((reference) => reference.uid === uid && reference.blockOwnerDeletion === true);
  if (blocking.length === 0) {
    dropFinalizer(garbage.core, resource, owner, FOREGROUND);
  }
}

function judge(garbage: Garbage, resource: Resource, object: Obj): void {
  const states = Map.groupBy(ownersOf(object), (owner) => stateOf(garbage, object, owner));
  if (states.has("unknown")) {
    return;
  }
  const solid = states.get("solid");
  if (solid === undefined) {
    deleteUnowned(garbage, resource, object, states.has("waiting"));
  } else if (states.size > 1) {
    garbage.core.storage.put(resource.collection, withOwners(object, solid));
  }
}

function deleteUnowned(garbage: Garbage, resource: Resource, object: Obj, isAwaited: boolean): void {
  const { name, uid = "" } = object.metadata;
  const inForeground = isAwaited && hasDependents(garbage, object);
  const propagation = inForeground ? "Foreground" : defaultPropagation(object);
  deleteObject(garbage.core, resource, object, { dryRun: false, uid, propagation, name });
}

function hasDependents({ graph }: Garbage, { metadata }: Obj): boolean {
  return graph.dependentsOf(metadata.uid ?? "").length > 0;
}

function defaultPropagation({ metadata }: Obj): "Orphan" | "Foreground" | "Background" {
  if (metadata.finalizers?.includes(ORPHAN) === true) {
    return "Orphan";
  }
  return metadata.finalizers?.includes(FOREGROUND) === true ? "Foreground" : "Background";
}

type OwnerState = "solid" | "waiting" | "gone" | "unknown";

// An owner of a kind that is not served (any more) is neither there nor gone: its dependents stay.
function stateOf({ core }: Garbage, dependent: Obj, owner: OwnerReference): OwnerState {
  const resource = core.registry.findKind(owner.apiVersion, owner.kind);
  if (resource === undefined) {
    return "unknown";
  }
  const namespace = resource.namespaced ? dependent.metadata.namespace : undefined;
  const found = core.storage.collection(resource.collection).get(storageKey(namespace, owner.name));
  if (found?.metadata.uid !== owner.uid) {
    return "gone";
  }
  const deleting = found.metadata.deletionTimestamp !== undefined;
  return deleting && found.metadata.finalizers?.includes(FOREGROUND) === true ? "waiting" : "solid";
}

function dropFinalizer({ storage }: Core, resource: Resource, object: Obj, finalizer: string): void {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  const { finalizers: _, ...rest } = object.metadata;
  const metadata: Metadata = finalizers.length === 0 ? rest : { ...rest, finalizers };
  if (finalizers.length === 0 && !isHeldBySpec(object)) {
    storage.remove(resource.collection, toStored(resource, { ...object, metadata }));
  } else {
    storage.put(resource.collection, { ...object, metadata });
  }
}

function withOwners(object: Obj, ownerReferences: readonly OwnerReference[]): Obj {
  const { ownerReferences: _, ...rest } = object.metadata;
  return { ...object, metadata: ownerReferences.length === 0 ? rest : { ...rest, ownerReferences } };
}
