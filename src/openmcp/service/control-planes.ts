import type { KubeClient } from "../../kube/client.ts";
import { UntrustedKubeconfigError } from "../../kube/kubeconfig.ts";
import { isTerminating, type KubeObject, type ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { findCondition } from "../../runtime/conditions.ts";
import { StalledError, WaitingError } from "../../runtime/errors.ts";
import { keyOf } from "../../runtime/key.ts";
import { Store } from "../../runtime/store.ts";
import { applyObject, ForeignObjectError } from "../platform/apply-object.ts";
import type { AccessRequest, TokenAccess } from "../platform/kinds.ts";
import { isManaged } from "../platform/ownership.ts";
import {
  type AccessState,
  type Controllers,
  managedByLabel,
  mcpAccessRequest,
  type TenantNames,
  tenantNames,
  tenantFor,
} from "../platform/tenant-access.ts";
import { SilentClusterError } from "../platform/tenant-clusters.ts";
import type { ControlPlane, ControlPlanes } from "./definition.ts";
import type { Pass } from "./service.ts";
import type { Report, ServiceObject } from "./status.ts";
import { type AccessBlocker, type PlatformAccess, TenantPass } from "./tenant-pass.ts";

type Access = {
  readonly frame: PlatformAccess;
  readonly controllers: Controllers;
  readonly token: TokenAccess;
  readonly pollIntervalMs: () => number;
};

/**
 * Access to the control planes of tenants.
 *
 * The access is given back only after a look has shown that nothing of the provider is left on the control plane. Where
 * access is missing then, it is requested once more: what cannot be seen is not taken for gone.
 */
export class ControlPlaneAccess implements ControlPlanes {
  readonly #access: Access;
  /** Keys of objects that are being deleted, and of which nothing is left on their control planes. */
  readonly #cleared = new Set<string>();

  constructor(access: Access) {
    this.#access = access;
  }

  async request(object: ServiceObject, pass: Pass): Promise<Report> {
    const type = "AccessReady";
    const r = this.#passOf(object, pass);
    await r.removeLostAccess();
    const message = r.whyNoControlPlane;
    if (message !== undefined) {
      return { type, state: "waiting", reason: "ControlPlaneNotFound", message };
    }
    const applied = await reportOn({ type, reason: "AccessGranted", message: "" }, () => this.#apply(r, object));
    // Each visit begins with the Secret of the access that is granted then.
    await r.removeOtherAccess(() => true);
    return applied.state === "done" ? { type, ...toReport(r.situation.access) } : applied;
  }

  async visit<R>(object: ServiceObject, pass: Pass, work: (controlPlane: ControlPlane) => Promise<R>): Promise<R> {
    const { access } = this.#passOf(object, pass).situation;
    const { tenant, namespace } = this.#namesOf(object);
    if (access.state !== "granted") {
      throw new WaitingError("AccessPending", access.message);
    }
    const { frame, pollIntervalMs } = this.#access;
    const secret = { name: access.secretName, namespace };
    const labels = managedByLabel(tenant.controller);
    try {
      return await frame.targets.visit(secret, pass, (client, signal) =>
        work(new VisitedControlPlane(client, { labels, fieldManager: frame.fieldManager, pass: { ...pass, signal } })),
      );
    } catch (error) {
      const options = { cause: error, retryAfterMs: pollIntervalMs() };
      if (error instanceof SilentClusterError) {
        const message = "waiting for the control plane to answer: the provider cannot see what is on it";
        throw new WaitingError("ControlPlaneSilent", message, options);
      }
      if (error instanceof UntrustedKubeconfigError) {
        const message = `the kubeconfig of the control plane cannot be used: ${error.message}`;
        throw new WaitingError("KubeconfigRefused", message, options);
      }
      throw error;
    }
  }

  async remove(
    object: ServiceObject,
    pass: Pass,
    clear: (controlPlane: ControlPlane) => Promise<Report | undefined>,
  ): Promise<Report | undefined> {
    const r = this.#passOf(object, pass);
    const key = keyOf(object);
    const isThere = r.situation.controlPlane !== "absent" && !this.#isUntouched(r);
    if (isThere && !this.#cleared.has(key)) {
      await pass.confirmLast();
      const blocker = await r.regainAccess(() => this.#apply(r, object));
      const left = blocker === undefined ? await this.visit(object, pass, clear) : { type: "Removed", ...blocker };
      if (left !== undefined) {
        return left;
      }
      this.#cleared.add(key);
    }
    const blocker = (await r.removeRequests("mcp")) ?? (await this.#lastLook(r));
    return blocker && { type: "Removed", ...blocker };
  }

  /** Lets go of what is held for the object of this key. */
  forget(key: string): void {
    this.#cleared.delete(key);
  }

  /**
   * Whether nothing of the provider can be on the control plane: this is the first access, and no kubeconfig was ever
   * handed out for it. Then nobody has to wait for access that is denied.
   */
  #isUntouched({ situation: { accessRequest: request }, names }: TenantPass): boolean {
    return request !== undefined && !isRenewed(request, names) && request.status?.secretRef === undefined;
  }

  // News of a request of ours may still be on their way: only the server knows that there is none.
  async #lastLook(r: TenantPass): Promise<AccessBlocker | undefined> {
    await r.refresh(r.accessRequests, r.names.accessRequest);
    return r.situation.accessRequest === undefined ? undefined : r.removeRequests("mcp");
  }

  #apply(r: TenantPass, object: ServiceObject): Promise<void> {
    const present = r.accessRequests.store.get(keyOf(r.names.accessRequest));
    const wasRequested =
      isTerminating(object) ||
      r.situation.accessRequests.length > 0 ||
      findCondition(object.status?.conditions, "AccessReady") !== undefined;
    const isAnother = present === undefined ? wasRequested : isRenewed(present, r.names);
    const { metadata, ...desired } = mcpAccessRequest(r.names.tenant, this.#access.token);
    const annotations = { [renewedBy(r.names)]: "true" };
    const request = { ...desired, metadata: { ...metadata, ...(isAnother && { annotations }) } };
    return r.apply(r.accessRequests, request, r.pass.dropReady);
  }

  #passOf(object: ServiceObject, pass: Pass): TenantPass {
    return new TenantPass(this.#access.frame, this.#namesOf(object), pass);
  }

  #namesOf(object: ServiceObject): TenantNames {
    return tenantNames(tenantFor(object, this.#access.controllers), "mcp");
  }
}

/** Annotation of an AccessRequest that is not the first one of its tenant. */
function renewedBy({ tenant }: TenantNames): string {
  return `${tenant.controller}/renewed`;
}

function isRenewed(request: AccessRequest, names: TenantNames): boolean {
  return request.metadata.annotations?.[renewedBy(names)] !== undefined;
}

function toReport({ state, message }: AccessState): Omit<Report, "type"> {
  switch (state) {
    case "granted":
      return { state: "done", reason: "AccessGranted", message };
    case "denied":
      return { state: "failed", reason: "AccessDenied", message };
    default:
      return { state: "waiting", reason: "AccessPending", message };
  }
}

type Marked = {
  readonly labels: Readonly<Record<string, string>>;
  readonly fieldManager: string;
  readonly pass: Pass;
};

class VisitedControlPlane implements ControlPlane {
  readonly client: KubeClient;
  readonly #marked: Marked;

  constructor(client: KubeClient, marked: Marked) {
    this.client = client;
    this.#marked = marked;
  }

  get signal(): AbortSignal {
    return this.#marked.pass.signal;
  }

  async apply<T extends KubeObject>(resource: Resource<T>, desired: T): Promise<void> {
    const { labels, fieldManager, pass } = this.#marked;
    const metadata = { ...desired.metadata, labels: { ...desired.metadata.labels, ...labels } };
    await applyObject<T>(
      { ...desired, metadata },
      {
        client: this.client,
        resource,
        // Nothing of a control plane is kept: each look asks the server.
        store: new Store<T>(),
        looksFirst: true,
        fieldManager,
        force: pass.force,
        signal: pass.signal,
        beforeWrite: pass.dropReady,
      },
    );
  }

  async deleteIfExists<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<boolean> {
    const { labels, fieldManager } = this.#marked;
    const found = await this.client.find(resource, ref, this.signal);
    if (found === undefined || !isManaged(found, { labels, fieldManager })) {
      return true;
    }
    return (await this.client.deleteIfExists(resource, found, { signal: this.signal })) === undefined;
  }
}

/**
 * Does something and reports on it: `done` says what holds afterwards.
 *
 * What waits, or needs somebody, is a report as well: an object of somebody else, a StalledError and a WaitingError.
 */
export async function reportOn(
  done: Pick<Report, "type" | "reason" | "message">,
  act: () => Promise<void>,
): Promise<Report> {
  const { type } = done;
  try {
    await act();
    return { ...done, state: "done" };
  } catch (error) {
    if (error instanceof ForeignObjectError) {
      return { type, state: "failed", reason: "ForeignObject", message: error.message };
    }
    if (error instanceof WaitingError || error instanceof StalledError) {
      const state = error instanceof WaitingError ? "waiting" : "failed";
      return { type, state, reason: error.reason, message: error.message };
    }
    throw error;
  }
}
