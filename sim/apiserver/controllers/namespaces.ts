import { findCondition } from "../../condition.ts";
import { deepEqual } from "../../deep-equal.ts";
import type { Obj } from "../../object.ts";
import { listAt, objectAt, textAt } from "../../value-at.ts";
import { kubeTime } from "../api/kube-time.ts";
import type { Resource } from "../registry/resource.ts";
import type { Core } from "../verbs/call.ts";
import { deleteObject } from "../verbs/delete.ts";

/** Collection of the namespaces themselves. */
export const NAMESPACES = "namespaces";

type Remaining = { readonly resource: Resource; readonly objects: readonly Obj[] };

/** Empties a namespace that is being deleted, and lets go of it when it is empty. */
export function reconcileNamespace(core: Core, name: string): void {
  const namespace = core.storage.collection(NAMESPACES).get(name);
  if (namespace?.metadata.deletionTimestamp === undefined) {
    return;
  }
  for (const { resource, objects } of contentOf(core, name)) {
    for (const object of objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
      deleteObject(core, resource, object, { dryRun: false, propagation: "Background", name: object.metadata.name });
    }
  }
  const remaining = contentOf(core, name);
  if (remaining.length === 0) {
    release(core, namespace);
  } else {
    report(core, namespace, namespace, remaining);
  }
}

function contentOf({ registry, storage }: Core, namespace: string): readonly Remaining[] {
  return registry
    .collections()
    .filter((resource) => resource.namespaced && resource.verbs.includes("delete"))
    .map((resource) => {
      const all = storage.collection(resource.collection).list();
      return { resource, objects: all.filter(({ metadata }) => metadata.namespace === namespace) };
    })
    .filter(({ objects }) => objects.length > 0);
}

function release(core: Core, namespace: Obj): void {
  const { storage } = core;
  const finalizers = listAt(namespace, "spec", "finalizers").filter((finalizer) => finalizer !== "kubernetes");
  const { finalizers: _all, ...spec } = objectAt(namespace, "spec");
  const released: Obj = { ...namespace, spec: finalizers.length === 0 ? spec : { ...spec, finalizers } };
  if (finalizers.length === 0 && (namespace.metadata.finalizers ?? []).length === 0) {
    storage.remove(NAMESPACES, released);
  } else {
    report(core, namespace, released, []);
  }
}

function report(core: Core, namespace: Obj, next: Obj, remaining: readonly Remaining[]): void {
  const conditions = conditionsFor(remaining).map((wanted) => {
    const same = findCondition(namespace, wanted.type, wanted.status);
    return { ...wanted, lastTransitionTime: textAt(same, "lastTransitionTime") || kubeTime(core.clock.now()) };
  });
  const reported: Obj = { ...next, status: { ...objectAt(namespace, "status"), conditions } };
  if (!deepEqual(reported, namespace)) {
    core.storage.put(NAMESPACES, reported);
  }
}

type Wanted = { readonly type: string; readonly status: string; readonly reason: string; readonly message: string };

function conditionsFor(remaining: readonly Remaining[]): readonly Wanted[] {
  return [
    {
      type: "NamespaceDeletionDiscoveryFailure",
      status: "False",
      reason: "ResourcesDiscovered",
      message: "All resources successfully discovered",
    },
    {
      type: "NamespaceDeletionGroupVersionParsingFailure",
      status: "False",
      reason: "ParsedGroupVersions",
      message: "All legacy kube types successfully parsed",
    },
    {
      type: "NamespaceDeletionContentFailure",
      status: "False",
      reason: "ContentDeleted",
      message: "All content successfully deleted, may be waiting on finalization",
    },
    ...contentConditions(remaining),
  ];
}

function contentConditions(remaining: readonly Remaining[]): readonly Wanted[] {
  const finalizers = finalizersText(remaining);
  return [
    remaining.length === 0
      ? {
          type: "NamespaceContentRemaining",
          status: "False",
          reason: "ContentRemoved",
          message: "All content successfully removed",
        }
      : {
          type: "NamespaceContentRemaining",
          status: "True",
          reason: "SomeResourcesRemain",
          message: `Some resources are remaining: ${resourcesText(remaining)}`,
        },
    finalizers === ""
      ? {
          type: "NamespaceFinalizersRemaining",
          status: "False",
          reason: "ContentHasNoFinalizers",
          message: "All content-preserving finalizers finished",
        }
      : {
          type: "NamespaceFinalizersRemaining",
          status: "True",
          reason: "SomeFinalizersRemain",
          message: `Some content in the namespace has finalizers remaining: ${finalizers}`,
        },
  ];
}

function resourcesText(remaining: readonly Remaining[]): string {
  const texts = remaining.map(({ resource, objects }) => {
    return `${resource.plural}.${resource.group} has ${String(objects.length)} resource instances`;
  });
  return texts.toSorted().join(", ");
}

function finalizersText(remaining: readonly Remaining[]): string {
  const all = remaining.flatMap(({ objects }) => objects.flatMap(({ metadata }) => metadata.finalizers ?? []));
  const counted = [...Map.groupBy(all, (finalizer) => finalizer)];
  return counted
    .map(([finalizer, uses]) => `${finalizer} in ${String(uses.length)} resource instances`)
    .toSorted()
    .join(", ");
}
