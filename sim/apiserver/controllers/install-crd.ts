import type { Obj } from "../../object.ts";
import { listAt, objectAt } from "../../value-at.ts";
import { createByServer } from "../verbs/create-by-server.ts";
import { kubeTime } from "../api/kube-time.ts";
import { randomUid } from "../api/random-text.ts";
import { builtInResources } from "../registry/strategies/built-ins.ts";
import { Registry } from "../registry/registry.ts";
import { asJson } from "../schema/as-json.ts";
import { Storage } from "../storage/storage.ts";
import type { Core } from "../verbs/call.ts";
import { CRDS, reconcileCrd } from "./crds.ts";

const established = new WeakMap<Obj, Obj>();

/**
 * Serves what a CRD defines from now on, as if it had been created and established a moment ago.
 *
 * A CRD that another API server of this process has installed is neither checked nor compiled again.
 */
export function installCrd(core: Core, crd: Obj): void {
  const ready = established.get(crd) ?? establish(crd);
  established.set(crd, ready);
  core.storage.put(CRDS, dated(ready, kubeTime(core.clock.now()), randomUid(core.random)));
  reconcileCrd(core, crd.metadata.name);
}

function dated({ metadata, ...crd }: Obj, time: string, uid: string): Obj {
  const managedFields = (metadata.managedFields ?? []).map((entry) => ({ ...entry, time }));
  const conditions = listAt(crd, "status", "conditions").map((one) => ({ ...objectAt(one), lastTransitionTime: time }));
  return {
    ...crd,
    metadata: { ...metadata, uid, creationTimestamp: time, managedFields },
    status: { ...objectAt(crd, "status"), conditions },
  };
}

/** The CRD as an API server stores it that nobody else has used yet. */
function establish(crd: Obj): Obj {
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const storage = new Storage({ clock, watchHistory: 1, watchDelayMs: 0 });
  const core: Core = { storage, registry: new Registry(builtInResources()), clock, random: () => 0 };
  createByServer(core, asJson(crd));
  reconcileCrd(core, crd.metadata.name);
  const stored = core.storage.collection(CRDS).get(crd.metadata.name);
  if (stored === undefined) {
    throw new Error(`expected ${crd.metadata.name} to be stored`);
  }
  return stored;
}
