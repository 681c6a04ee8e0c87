import { findCondition } from "../../condition.ts";
import { kubeTime } from "../api/kube-time.ts";
import { recordUpdate } from "../apply/record-update.ts";
import { customResourcesOf } from "../registry/custom-resources.ts";
import type { Resource } from "../registry/resource.ts";
import type { Core } from "../verbs/call.ts";
import { deleteObject } from "../verbs/delete.ts";
import { deepEqual } from "../../deep-equal.ts";
import type { Obj } from "../../object.ts";
import { trusted } from "../../trusted.ts";
import { listAt, objectAt, textAt, valueAt } from "../../value-at.ts";

/** Collection of the CRDs themselves. */
export const CRDS = "customresourcedefinitions.apiextensions.k8s.io";

const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

type Wanted = { readonly type: string; readonly status: string; readonly reason: string; readonly message: string };

type Condition = Wanted & { readonly lastTransitionTime: string };

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
  if (crd.metadata.deletionTimestamp !== undefined) {
    serve(core, crd);
    cleanUp(core, crd);
    return;
  }
  const conflict = nameConflict(crd, core.storage.collection(CRDS).list());
  if (conflict === undefined) {
    serve(core, crd);
    acceptNames(core, crd);
  } else {
    refuseNames(core, crd, conflict);
  }
}

function serve(core: Core, crd: Obj): void {
  const resources = customResourcesOf(crd);
  const versions = new Set(resources.map(({ version }) => version));
  const obsolete = servedBy(core, crd.metadata.name).filter(({ version }) => !versions.has(version));
  unregister(core, crd.metadata.name, obsolete);
  core.storage.begin(crd.metadata.name);
  for (const resource of resources) {
    core.registry.register(resource);
  }
}

function unserve(core: Core, name: string): void {
  unregister(core, name, servedBy(core, name));
}

function unregister(core: Core, name: string, resources: readonly Resource[]): void {
  for (const resource of resources) {
    core.registry.unregister(resource);
  }
  if (resources.length > 0) {
    // Watches of what is not served any more end.
    core.storage.collection(name).announce();
  }
}

function servedBy({ registry }: Core, name: string): readonly Resource[] {
  return registry.all().filter(({ collection }) => collection === name);
}

function acceptNames(core: Core, crd: Obj): void {
  report(core, crd, {
    acceptedNames: valueAt(crd, "spec", "names"),
    conditions: [
      { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
      {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      },
    ],
  });
}

// What was established with other names before goes on being served.
function refuseNames(core: Core, crd: Obj, conflict: NameConflict): void {
  const message = "not all names are accepted";
  const established = findCondition(crd, "Established", "True");
  report(core, crd, {
    acceptedNames: valueAt(crd, "status", "acceptedNames"),
    conditions: [
      { type: "NamesAccepted", status: "False", ...conflict },
      established === undefined
        ? { type: "Established", status: "False", reason: "NotAccepted", message }
        : trusted<Wanted>(established),
    ],
  });
}

type Report = { readonly acceptedNames: unknown; readonly conditions: readonly Wanted[] };

function report(core: Core, crd: Obj, { acceptedNames, conditions }: Report): void {
  const dated = conditions.map((wanted) => condition(core, crd, wanted));
  const status = { ...objectAt(crd, "status"), acceptedNames, conditions: dated };
  if (!deepEqual(status, crd["status"])) {
    core.storage.put(CRDS, withManager(core, crd, { ...crd, status }));
  }
}

function withManager(core: Core, before: Obj, after: Obj): Obj {
  const apiVersion = "apiextensions.k8s.io/v1";
  const time = kubeTime(core.clock.now());
  return recordUpdate({ before, after, manager: "kube-apiserver", apiVersion, subresource: "status", time });
}

function condition(core: Core, crd: Obj, { type, status, reason, message }: Wanted): Condition {
  const before = findCondition(crd, type, status);
  const lastTransitionTime = textAt(before, "lastTransitionTime") || kubeTime(core.clock.now());
  return { lastTransitionTime, message, reason, status, type };
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

/** Why the names of a CRD cannot be accepted. */
type NameConflict = { readonly reason: string; readonly message: string };

/** The first name of `crd` that another CRD of its group has been given already. */
function nameConflict(crd: Obj, all: readonly Obj[]): NameConflict | undefined {
  const others = all.filter((other) => other.metadata.name !== crd.metadata.name && groupOf(other) === groupOf(crd));
  const taken = others.map((other) => objectAt(other, "status", "acceptedNames"));
  const kinds = taken.flatMap((names) => [textAt(names, "kind"), textAt(names, "listKind")]);
  const resources = taken.flatMap(resourceNamesOf);
  const names = objectAt(crd, "spec", "names");
  const wanted: readonly (readonly [reason: string, name: string, taken: readonly string[]])[] = [
    ["ListKindConflict", textAt(names, "listKind"), kinds],
    ["KindConflict", textAt(names, "kind"), kinds],
    ...shortNamesOf(names).map((name) => ["ShortNamesConflict", name, resources] as const),
    ["SingularConflict", textAt(names, "singular"), resources],
    ["PluralConflict", textAt(names, "plural"), resources],
  ];
  const [reason, name] = wanted.find(([, wish, used]) => wish !== "" && used.includes(wish)) ?? [];
  return reason === undefined ? undefined : { reason, message: `${JSON.stringify(name)} is already in use` };
}

function resourceNamesOf(names: unknown): readonly string[] {
  return [textAt(names, "plural"), textAt(names, "singular"), ...shortNamesOf(names)];
}

function shortNamesOf(names: unknown): readonly string[] {
  return listAt(names, "shortNames").map(String);
}

function groupOf(crd: Obj): string {
  return textAt(crd, "spec", "group");
}
