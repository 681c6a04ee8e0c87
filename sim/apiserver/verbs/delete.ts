import type { JsonObject } from "../../json.ts";
import type { Metadata, Obj } from "../../object.ts";
import { listAt, objectAt, textAt, valueAt } from "../../value-at.ts";
import { conflict, forbidden, notFound } from "../api/api-error.ts";
import { kubeTime } from "../api/kube-time.ts";
import { kindSubjectOf, type Resource, subjectOf } from "../registry/resource.ts";
import type { DeleteOptions } from "../request/delete-options.ts";
import type { Core } from "./call.ts";
import { fromStored, toStored } from "./conversion.ts";
import { isHeldBySpec } from "./update.ts";

/** What has become of an object that was to be deleted. */
export type Deleted = {
  /** The object: its last state when it is gone, the marked one when finalizers hold it. */
  readonly object: Obj;
  readonly gone: boolean;
};

const IMMORTAL_NAMESPACES: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);
const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";
const POD_GRACE_SECONDS = 30;
const SECOND_MS = 1000;

/** Deletes an object, or marks it when finalizers or dependents come first. */
export function deleteObject(
  core: Core,
  resource: Resource,
  live: Obj | undefined,
  options: DeleteOptions & { name: string },
): Deleted {
  if (live === undefined) {
    throw notFound(subjectOf(resource, options.name));
  }
  if (resource.collection === "namespaces" && IMMORTAL_NAMESPACES.has(live.metadata.name)) {
    throw forbidden(subjectOf(resource, live.metadata.name), "this namespace may not be deleted");
  }
  checkPreconditions(resource, live, options);
  const finalizers = finalizersFor(live, options);
  const graceSeconds = graceSecondsOf(live, options);
  const marked = mark(core, live, { finalizers, graceSeconds });
  const held = finalizers.length > 0 || isHeldBySpec(live) || graceSeconds > 0;
  return held ? keep(core, resource, { live, marked, options }) : remove(core, resource, { live, options });
}

/** The Status a client gets when its object is gone. */
export function deletedStatus(resource: Resource, { metadata }: Obj): JsonObject {
  const group = resource.group === "" ? {} : { group: resource.group };
  const details = { name: metadata.name, ...group, kind: resource.plural, uid: metadata.uid ?? "" };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

type Step = { readonly live: Obj; readonly options: DeleteOptions };

function remove(core: Core, resource: Resource, { live, options }: Step): Deleted {
  if (options.dryRun) {
    return { object: live, gone: true };
  }
  const removed = core.storage.remove(resource.collection, toStored(resource, live));
  return { object: fromStored(resource, removed), gone: true };
}

function keep(core: Core, resource: Resource, { live, marked, options }: Step & { readonly marked: Obj }): Deleted {
  const sameFinalizers = (live.metadata.finalizers ?? []).join() === (marked.metadata.finalizers ?? []).join();
  const unchanged = live.metadata.deletionTimestamp !== undefined && sameFinalizers;
  if (options.dryRun || unchanged) {
    return { object: unchanged ? live : marked, gone: false };
  }
  const stored = core.storage.put(resource.collection, toStored(resource, markSpecifics(core, marked)));
  return { object: fromStored(resource, stored), gone: false };
}

// A pod that is bound to a node stays until its kubelet has ended its containers and deletes it for good.
function graceSecondsOf(live: Obj, { gracePeriodSeconds }: DeleteOptions): number {
  const isPod = live.kind === "Pod" && live.apiVersion === "v1";
  const hasEnded = ["Succeeded", "Failed"].includes(textAt(live, "status", "phase"));
  if (!isPod || hasEnded || textAt(live, "spec", "nodeName") === "") {
    return 0;
  }
  const own = valueAt(live, "spec", "terminationGracePeriodSeconds");
  return gracePeriodSeconds ?? (typeof own === "number" ? own : POD_GRACE_SECONDS);
}

type Marking = { readonly finalizers: readonly string[]; readonly graceSeconds: number };

function mark(core: Core, live: Obj, { finalizers, graceSeconds }: Marking): Obj {
  const { finalizers: _finalizers, ...rest } = live.metadata;
  const kept: Metadata = finalizers.length === 0 ? rest : { ...rest, finalizers };
  if (live.metadata.deletionTimestamp !== undefined) {
    return { ...live, metadata: kept };
  }
  // The deletion of a CRD is an update of its own, which counts no generation and knows no grace period.
  if (live.kind === "CustomResourceDefinition") {
    return { ...live, metadata: { ...kept, deletionTimestamp: kubeTime(core.clock.now()) } };
  }
  const { generation } = live.metadata;
  return {
    ...live,
    metadata: {
      ...kept,
      ...(generation !== undefined && { generation: generation + 1 }),
      deletionTimestamp: kubeTime(core.clock.now() + graceSeconds * SECOND_MS),
      deletionGracePeriodSeconds: graceSeconds,
    },
  };
}

// Some kinds say more than the timestamp does.
function markSpecifics(core: Core, marked: Obj): Obj {
  if (marked.kind === "Namespace" && marked.apiVersion === "v1") {
    const { deletionGracePeriodSeconds: _grace, ...metadata } = marked.metadata;
    return { ...marked, metadata, status: { ...objectAt(marked, "status"), phase: "Terminating" } };
  }
  return marked.kind === "CustomResourceDefinition" ? markTerminating(core, marked) : marked;
}

function markTerminating(core: Core, crd: Obj): Obj {
  const terminating = {
    type: "Terminating",
    status: "True",
    lastTransitionTime: kubeTime(core.clock.now()),
    reason: "InstanceDeletionPending",
    message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  };
  const others = listAt(crd, "status", "conditions").filter((one) => textAt(one, "type") !== "Terminating");
  return { ...crd, status: { ...objectAt(crd, "status"), conditions: [...others, terminating] } };
}

const CRD_CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

function finalizersFor(live: Obj, { propagation }: DeleteOptions): readonly string[] {
  const current = live.metadata.finalizers ?? [];
  const isNewCrdDeletion = live.kind === "CustomResourceDefinition" && live.metadata.deletionTimestamp === undefined;
  const own = isNewCrdDeletion && !current.includes(CRD_CLEANUP) ? [...current, CRD_CLEANUP] : current;
  if (propagation === undefined) {
    return own;
  }
  const others = own.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  const chosen = { Orphan: [ORPHAN], Foreground: [FOREGROUND], Background: [] }[propagation];
  return [...others, ...chosen];
}

function checkPreconditions(resource: Resource, { metadata }: Obj, { uid, resourceVersion }: DeleteOptions): void {
  const subject = kindSubjectOf(resource, metadata.name);
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid ?? ""}). The object might have been deleted and then recreated`;
    throw conflict(subject, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion ?? ""}). The object might have been modified`;
    throw conflict(subject, why);
  }
}
