import type { KubeClient } from "../../kube/client.ts";
import { UntrustedKubeconfigError } from "../../kube/kubeconfig.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { findCondition } from "../../runtime/conditions.ts";
import { StalledError, WaitingError } from "../../runtime/errors.ts";
import { removeFinalizer } from "../../runtime/finalizer.ts";
import { keyOf } from "../../runtime/key.ts";
import { Store } from "../../runtime/store.ts";
import { applyObject, ForeignObjectError } from "../platform/apply-object.ts";
import { type AccessRequest, accessRequests, type TokenAccess } from "../platform/kinds.ts";
import { isManaged } from "../platform/ownership.ts";
import {
  ACCESS_FINALIZER,
  accessState,
  isLastHolder,
  isOurs,
  MANAGED_BY_LABEL,
  mcpAccessRequest,
  type Tenant,
  tenantLabels,
} from "../platform/tenant-access.ts";
import { SilentClusterError } from "../platform/tenant-clusters.ts";
import type { ControlPlane, ControlPlanes, Frame } from "./definition.ts";
import type { Pass } from "./reconciler.ts";
import type { Report, ServiceObject } from "./status.ts";

type Access = {
  readonly frame: Pick<Frame<unknown>, "platform" | "fieldManager" | "clusterRequests" | "accessRequests" | "targets">;
  /** Name under which the provider's requests are known. */
  readonly controller: string;
  readonly token: TokenAccess;
  readonly pollIntervalMs: () => number;
};

/** One tenant in one pass. */
type Task = { readonly object: ServiceObject; readonly tenant: Tenant; readonly pass: Pass };

const GRANTED = "AccessGranted";

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
    const task = this.#taskOf(object, pass);
    await this.#letGoOfLost(task);
    const missing = this.#whyNoControlPlane(task.tenant);
    if (missing !== undefined) {
      return { type: "AccessReady", state: "waiting", reason: "ControlPlaneNotFound", message: missing };
    }
    const applied = await reportOn({ type: "AccessReady", reason: GRANTED, message: "" }, () => this.#apply(task));
    return applied.state === "done" ? this.#reportOf(task.tenant, "AccessReady") : applied;
  }

  async visit<R>(object: ServiceObject, pass: Pass, work: (controlPlane: ControlPlane) => Promise<R>): Promise<R> {
    const { tenant } = this.#taskOf(object, pass);
    const request = this.#requestOf(tenant);
    const access = accessState(request);
    if (access.state !== "granted") {
      throw new WaitingError("AccessPending", access.message);
    }
    const { frame, controller, pollIntervalMs } = this.#access;
    const secret = { name: access.secretName, namespace: request?.metadata.namespace ?? "" };
    const labels = { [MANAGED_BY_LABEL]: controller };
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
    const task = this.#taskOf(object, pass);
    const key = keyOf(object);
    const isThere = this.#controlPlaneOf(task.tenant) !== undefined && !this.#isUntouched(task.tenant);
    if (isThere && !this.#cleared.has(key)) {
      const left = (await this.#regain(task)) ?? (await this.visit(object, pass, clear));
      if (left !== undefined) {
        return left;
      }
      this.#cleared.add(key);
    }
    return this.#giveBack(task);
  }

  /** Lets go of what is held for the object of this key. */
  forget(key: string): void {
    this.#cleared.delete(key);
  }

  /** Requests access that is missing; says what is waited for, and nothing when there is access. */
  async #regain(task: Task): Promise<Report | undefined> {
    const { tenant } = task;
    await this.#letGoOfLost(task);
    if (this.#requestOf(tenant) === undefined) {
      const done = { type: "Removed", reason: GRANTED, message: "" };
      const applied = await reportOn(done, () => this.#apply(task));
      if (applied.state !== "done") {
        return applied;
      }
    }
    const report = this.#reportOf(tenant, "Removed");
    return report.state === "done" ? undefined : report;
  }

  /**
   * Whether nothing of the provider can be on the control plane: this is the first access, and no kubeconfig was ever
   * handed out for it. Then nobody has to wait for access that is denied.
   */
  #isUntouched(tenant: Tenant): boolean {
    const request = this.#requestOf(tenant);
    return (
      request !== undefined &&
      request.status?.secretRef === undefined &&
      request.metadata.annotations?.[this.#renewed] === undefined
    );
  }

  // Who has deleted the request has taken its rights away: only a new one helps.
  async #letGoOfLost({ tenant, pass }: Task): Promise<void> {
    const lost = this.#requestOf(tenant);
    if (lost !== undefined && isLastHolder(lost)) {
      await this.#letGo(lost, pass);
    }
  }

  async #giveBack(task: Task): Promise<Report | undefined> {
    const { tenant, pass } = task;
    const { platform, accessRequests: store } = this.#access.frame;
    const request = this.#requestOf(tenant) ?? (await this.#lastLook(task));
    if (request === undefined) {
      return undefined;
    }
    if (request.metadata.deletionTimestamp === undefined) {
      const { signal } = pass;
      store.deleted(request, await platform.deleteIfExists(accessRequests, request, { signal }));
    }
    const going = this.#requestOf(tenant);
    if (going !== undefined && isLastHolder(going)) {
      await this.#letGo(going, pass);
    }
    const left = this.#requestOf(tenant) ?? (await this.#lastLook(task));
    const message = "waiting for the platform to take the access back";
    return left === undefined ? undefined : { type: "Removed", state: "waiting", reason: "RemovingAccess", message };
  }

  // News of a request of ours may still be on their way: only the server knows that there is none.
  async #lastLook({ tenant, pass }: Task): Promise<AccessRequest | undefined> {
    const { platform, accessRequests: store } = this.#access.frame;
    const found = await platform.find(accessRequests, this.#desired(tenant).metadata, pass.signal);
    if (found === undefined || !isOurs(found, tenantLabels(tenant, "mcp"))) {
      return undefined;
    }
    store.written(found);
    return found;
  }

  #reportOf(tenant: Tenant, type: string): Report {
    const { state, message } = accessState(this.#requestOf(tenant));
    switch (state) {
      case "granted":
        return { type, state: "done", reason: GRANTED, message };
      case "denied":
        return { type, state: "failed", reason: "AccessDenied", message };
      default:
        return { type, state: "waiting", reason: "AccessPending", message };
    }
  }

  #apply({ object, tenant, pass }: Task): Promise<void> {
    const { platform: client, fieldManager, accessRequests: store } = this.#access.frame;
    const { force, signal } = pass;
    const present = this.#requestOf(tenant);
    const isLeaving = object.metadata.deletionTimestamp !== undefined;
    const wasRequested = isLeaving || findCondition(object.status?.conditions, "AccessReady") !== undefined;
    const isRenewed =
      present === undefined ? wasRequested : present.metadata.annotations?.[this.#renewed] !== undefined;
    const { metadata, ...desired } = this.#desired(tenant);
    const annotations = { [this.#renewed]: "true" };
    return applyObject<AccessRequest>(
      { ...desired, metadata: { ...metadata, ...(isRenewed && { annotations }) } },
      {
        client,
        resource: accessRequests,
        store,
        fieldManager,
        force,
        signal,
        beforeWrite: pass.dropReady,
      },
    );
  }

  async #letGo(request: AccessRequest, { signal }: Pass): Promise<void> {
    const { platform, accessRequests: store } = this.#access.frame;
    store.deleted(
      request,
      await removeFinalizer<AccessRequest>(platform, accessRequests, request, ACCESS_FINALIZER, signal),
    );
  }

  /** Annotation of an AccessRequest that is not the first one of its tenant. */
  get #renewed(): string {
    return `${this.#access.controller}/renewed`;
  }

  #whyNoControlPlane(tenant: Tenant): string | undefined {
    const request = this.#controlPlaneOf(tenant);
    if (request === undefined) {
      return `waiting for control plane "${tenant.name}": the platform has no ClusterRequest of that name for this namespace`;
    }
    return request.metadata.deletionTimestamp === undefined
      ? undefined
      : `control plane "${tenant.name}" is being deleted`;
  }

  #controlPlaneOf(tenant: Tenant): KubeObject | undefined {
    const { namespace = "" } = this.#desired(tenant).metadata;
    return this.#access.frame.clusterRequests.get(keyOf({ name: tenant.name, namespace }));
  }

  #requestOf(tenant: Tenant): AccessRequest | undefined {
    const found = this.#access.frame.accessRequests.get(keyOf(this.#desired(tenant)));
    return found !== undefined && isOurs(found, tenantLabels(tenant, "mcp")) ? found : undefined;
  }

  #desired(tenant: Tenant): AccessRequest {
    return mcpAccessRequest(tenant, this.#access.token);
  }

  #taskOf(object: ServiceObject, pass: Pass): Task {
    const { name, namespace = "" } = object.metadata;
    return { object, tenant: { controller: this.#access.controller, name, namespace }, pass };
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
