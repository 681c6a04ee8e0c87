import { deepEqual } from "../../deep-equal.ts";
import type { Obj } from "../../object.ts";
import { listAt, objectAt, textAt, valueAt } from "../../value-at.ts";
import { recordUpdate } from "../apply/record-update.ts";
import { kubeTime } from "../kube-time.ts";
import { customResourcesOf } from "../registry/custom-resources.ts";
import type { Resource } from "../registry/resource.ts";
import type { Core } from "../verbs/call.ts";
import { deleteObject } from "../verbs/delete.ts";

/** Collection of the CRDs themselves. */
export const CRDS = "customresourcedefinitions.apiextensions.k8s.io";

const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
};

/**
 * Serves what the CRD defines, says so in its status, and deletes its objects once it is being deleted.
 *
 * Called again whenever the CRD or one of its objects has changed, until there is nothing left to do.
 */
export function reconcileCrd(core: Core, name: string): void {
  const crd = core.storage.collection(CRDS).get(name);
  if (crd === undefined) {
    unserve(core, name);
    return;
  }
  serve(core, crd);
  if (crd.metadata.deletionTimestamp === undefined) {
    acceptNames(core, crd);
  } else {
    cleanUp(core, crd);
  }
}

function serve(core: Core, crd: Obj): void {
  const resources = customResourcesOf(crd);
  const versions = new Set(resources.map(({ version }) => version));
  for (const resource of servedBy(core, crd.metadata.name)) {
    if (!versions.has(resource.version)) {
      core.registry.unregister(resource);
    }
  }
  core.storage.begin(crd.metadata.name);
  for (const resource of resources) {
    core.registry.register(resource);
  }
}

function unserve(core: Core, name: string): void {
  for (const resource of servedBy(core, name)) {
    core.registry.unregister(resource);
  }
}

function servedBy({ registry }: Core, name: string): readonly Resource[] {
  return registry.all().filter(({ collection }) => collection === name);
}

function acceptNames(core: Core, crd: Obj): void {
  const accepted = {
    ...objectAt(crd, "status"),
    acceptedNames: valueAt(crd, "spec", "names"),
    conditions: [
      condition(core, crd, { type: "NamesAccepted", reason: "NoConflicts", message: "no conflicts found" }),
      condition(core, crd, {
        type: "Established",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      }),
    ],
  };
  if (!deepEqual(accepted, crd["status"])) {
    core.storage.put(CRDS, withManager(core, crd, { ...crd, status: accepted }));
  }
}

function withManager(core: Core, before: Obj, after: Obj): Obj {
  const apiVersion = "apiextensions.k8s.io/v1";
  const time = kubeTime(core.clock.now());
  return recordUpdate({ before, after, manager: "kube-apiserver", apiVersion, subresource: "status", time });
}

function condition(core: Core, crd: Obj, wanted: Pick<Condition, "type" | "reason" | "message">): Condition {
  const before = listAt(crd, "status", "conditions").find(
    (one) => textAt(one, "type") === wanted.type && textAt(one, "status") === "True",
  );
  const { type, reason, message } = wanted;
  return {
    lastTransitionTime: textAt(before, "lastTransitionTime") || kubeTime(core.clock.now()),
    message,
    reason,
    status: "True",
    type,
  };
}

function cleanUp(core: Core, crd: Obj): void {
  if (crd.metadata.finalizers?.includes(CLEANUP) !== true) {
    return;
  }
  const collection = core.storage.collection(crd.metadata.name);
  for (const resource of servedBy(core, crd.metadata.name).slice(0, 1)) {
    for (const object of collection.list().filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
      deleteObject(core, resource, object, { dryRun: false, name: object.metadata.name });
    }
  }
  if (collection.list().length === 0) {
    finish(core, crd);
  }
}

function finish(core: Core, crd: Obj): void {
  const finalizers = (crd.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP);
  if (finalizers.length === 0) {
    core.storage.remove(CRDS, crd);
    unserve(core, crd.metadata.name);
  } else {
    core.storage.put(CRDS, { ...crd, metadata: { ...crd.metadata, finalizers } });
  }
}
