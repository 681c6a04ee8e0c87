import type { KubeObject } from "../kube/object.ts";
import type { Pass, Service } from "../openmcp/service/reconciler.ts";
import { OCM_GROUP } from "./api/group.ts";
import { ocms, type OCM } from "./api/objects.ts";
import type { ConfigSource } from "./config-source.ts";
import { ReconcileContext, type ReconcileDeps } from "./context.ts";
import { ensure, known, remove } from "./reconcile.ts";

/** What the installation service works with. */
export type InstallationDeps = Omit<ReconcileDeps, "targetLooks"> & {
  readonly config: Pick<ConfigSource, "read">;
  problemsOf(object: KubeObject): readonly string[];
  /** Lets go of everything that is held for the OCM object of this key. */
  forget(key: string): void;
};

/** The service this provider offers: the OCM K8s Toolkit on the control plane of each OCM object. */
export function installationService(deps: InstallationDeps): Service<OCM> {
  const shared: ReconcileDeps = { ...deps, targetLooks: new Map() };
  const contextOf = (ocm: OCM, pass: Pass): ReconcileContext =>
    new ReconcileContext(shared, { ocm, settings: deps.config.read(), pass });
  return {
    resource: ocms,
    finalizer: `${OCM_GROUP}/finalizer`,
    problemsOf: (object) => deps.problemsOf(object),
    forget: (key) => {
      shared.targetLooks.delete(key);
      deps.forget(key);
    },
    ensure: (ocm, pass) => ensure(contextOf(ocm, pass)),
    remove: (ocm, pass) => remove(contextOf(ocm, pass)),
    known: (ocm) => known(contextOf(ocm, NOT_PASSING)),
  };
}

// Nothing is done for it.
const NOT_PASSING: Pass = { force: false, signal: AbortSignal.abort(), dropReady: () => Promise.resolve() };
