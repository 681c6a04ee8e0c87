import type { KubeClient } from "../../kube/client.ts";
import { ConflictError } from "../../kube/errors.ts";
import { isTerminating, type KubeObject, type ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { WaitingError } from "../../runtime/errors.ts";
import { removeFinalizer } from "../../runtime/finalizer.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Store } from "../../runtime/store.ts";
import { applyObject } from "../platform/apply-object.ts";
import { type AccessRequest, accessRequests, type ClusterRequest, clusterRequests } from "../platform/kinds.ts";
import { onlyManaged } from "../platform/ownership.ts";
import {
  ACCESS_FINALIZER,
  isLastHolder,
  type TenantNames,
  tenantNames,
  type TenantTarget,
} from "../platform/tenant-access.ts";
import type { Frame } from "./definition.ts";
import { accessRequestsOf, type AccessSituation, isForAnotherCluster, ObservedAccess } from "./observed-access.ts";
import type { Pass } from "./service.ts";

/** A kind of object on the platform, and its cache. */
export type Kind<T extends KubeObject> = {
  readonly resource: Resource<T>;
  readonly store: Store<T>;
};

/** What a removal waits for before a cluster can be looked at, or before the access to it is gone. */
export type AccessBlocker = {
  readonly state: "waiting" | "failed";
  readonly reason: "AccessPending" | "AccessDenied" | "RemovingAccess" | "RemovingCluster";
  readonly message: string;
};

/** What a pass works with on the platform. */
export type PlatformAccess = Pick<
  Frame<unknown>,
  "platform" | "fieldManager" | "clusterRequests" | "accessRequests" | "targets"
>;

/**
 * What a pass over one tenant can do on the platform cluster: each write keeps the caches up to date with its response.
 *
 * Objects of others under the names of the tenant's are never touched.
 */
export class TenantPass<Names extends TenantNames = TenantNames> {
  readonly pass: Pass;
  readonly names: Names;
  readonly clusterRequests: Kind<ClusterRequest>;
  readonly accessRequests: Kind<AccessRequest>;
  readonly #on: PlatformAccess;
  #isTargetGone = false;

  constructor(on: PlatformAccess, names: Names, pass: Pass) {
    this.#on = on;
    this.names = names;
    this.pass = pass;
    this.clusterRequests = { resource: clusterRequests, store: on.clusterRequests };
    this.accessRequests = { resource: accessRequests, store: on.accessRequests };
  }

  /** Applies an object, unless it is as desired already. Throws what `applyObject` throws. */
  apply<T extends KubeObject>(kind: Kind<T>, desired: T, beforeWrite?: () => Promise<void>): Promise<void> {
    const { platform: client, fieldManager } = this.#on;
    const { force, signal } = this.pass;
    const options = { ...kind, client, fieldManager, force, signal };
    return applyObject(desired, beforeWrite === undefined ? options : { ...options, beforeWrite });
  }

  /** Patches an object, and only the one that was looked at; with `onlyUnchanged`, only as it was looked at. */
  async patch<T extends KubeObject>(
    { resource, store }: Kind<T>,
    { metadata }: T,
    change: {
      readonly annotations?: object;
      readonly labels?: object;
      readonly spec?: object;
      readonly onlyUnchanged?: boolean;
    },
  ): Promise<T> {
    const { uid, resourceVersion } = metadata;
    const { annotations, labels, spec, onlyUnchanged = false } = change;
    const patch = {
      metadata: {
        uid,
        ...(onlyUnchanged && { resourceVersion }),
        ...(annotations !== undefined && { annotations }),
        ...(labels !== undefined && { labels }),
      },
      ...(spec !== undefined && { spec }),
    };
    // The field manager tells who has set a field of a spec, or a label.
    const { fieldManager } = this.#on;
    const isOwned = spec !== undefined || labels !== undefined;
    const options = { signal: this.pass.signal, ...(isOwned && { fieldManager }) };
    const patched = await this.#client.mergePatch(resource, metadata, patch, options);
    store.changed(patched);
    return patched;
  }

  /** Deletes the object that was looked at; with `onlyUnchanged`, only as it was looked at. */
  async delete<T extends KubeObject>(
    { resource, store }: Kind<T>,
    object: T,
    options: { readonly onlyUnchanged?: boolean } = {},
  ): Promise<void> {
    const { signal } = this.pass;
    store.deleted(object, await this.#client.deleteIfExists(resource, object, { ...options, signal }));
  }

  /**
   * Does something with the newest version of an object, and only if nobody has changed what the object asks for.
   *
   * `isSettled` says that the cached version is probably the newest, so that a request can be spared.
   */
  async ifUnchanged<T extends KubeObject, R>(
    kind: Kind<T>,
    object: T,
    { isSettled, act }: { readonly isSettled: boolean; readonly act: (object: T) => Promise<R> },
  ): Promise<R> {
    const newest = async (): Promise<T | undefined> => {
      const { uid, generation } = object.metadata;
      const seen = await this.find(kind, object.metadata);
      return seen?.metadata.uid === uid && seen?.metadata.generation === generation ? seen : undefined;
    };
    try {
      return await act(isSettled ? object : ((await newest()) ?? object));
    } catch (error) {
      const unchanged = error instanceof ConflictError ? await newest() : undefined;
      if (unchanged === undefined) {
        throw error;
      }
      return act(unchanged);
    }
  }

  /** Reads an object from the server, past the cache. */
  find<T extends KubeObject>({ resource }: Kind<T>, ref: ObjectRef): Promise<T | undefined> {
    return this.#client.find(resource, ref, this.pass.signal);
  }

  /** Lists the objects of the tenant namespace on the server, past the cache. */
  async list<T extends KubeObject>({ resource }: Kind<T>, labelSelector?: string): Promise<readonly T[]> {
    const { namespace } = this.names;
    const selection = { namespace, ...(labelSelector !== undefined && { labelSelector }) };
    return (await this.#client.list<T>(resource, { ...selection, signal: this.pass.signal })).items;
  }

  /** Has the cache know an object as the server has it. Returns whether there is one. */
  async refresh<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef): Promise<boolean> {
    const found = await this.find(kind, ref);
    if (found !== undefined) {
      kind.store.written(found);
    }
    return found !== undefined;
  }

  /** Returns the object if this provider made it for this tenant. */
  onlyOurs<T extends KubeObject>(object: T | undefined, { labels }: Pick<TenantNames, "labels">): T | undefined {
    return onlyManaged(object, { labels, fieldManager: this.#on.fieldManager });
  }

  /** How the access is at this moment. */
  get situation(): AccessSituation {
    return new ObservedAccess(this.#on, { names: this.names, fieldManager: this.#on.fieldManager });
  }

  /**
   * Whether the cluster that is meant has been taken away. Only the server is believed; with `fresh`, also that the
   * cluster has not been.
   */
  async isTargetGone({ fresh = false }: { readonly fresh?: boolean } = {}): Promise<boolean> {
    if ((fresh || this.situation.clusterRequest === undefined) && !this.#isTargetGone) {
      this.#isTargetGone = !(await this.refresh(this.clusterRequests, this.names.clusterRequest));
    }
    return this.#isTargetGone;
  }

  /** The Secret with the kubeconfig of the cluster that is meant, as long as access is granted. */
  get kubeconfig(): { readonly namespace: string; readonly name: string } | undefined {
    const { access } = this.situation;
    return access.state === "granted" ? { namespace: this.names.namespace, name: access.secretName } : undefined;
  }

  /**
   * Asks the cluster that is meant. Throws a SilentClusterError when there is no answer, and a WaitingError when there is
   * no access.
   */
  async visit<R>(work: (client: KubeClient, signal: AbortSignal) => Promise<R>): Promise<R> {
    const secret = this.kubeconfig;
    if (secret === undefined) {
      throw new WaitingError("AccessPending", this.situation.access.message);
    }
    return this.#on.targets.visit(secret, this.pass, work);
  }

  /** Says why the platform has no control plane to request access for; undefined when it has one. */
  get whyNoControlPlane(): string | undefined {
    const { name } = this.names.tenant;
    switch (this.situation.controlPlane) {
      case "present":
        return undefined;
      case "absent":
        return `waiting for control plane "${name}": the platform has no ClusterRequest of that name for this namespace`;
      case "terminating":
        return `control plane "${name}" is being deleted`;
    }
  }

  /**
   * Takes back access that somebody else has deleted, or that is for a cluster that was replaced since: only a new one
   * helps. The same goes for a workload cluster that is being given back. Says what is waited for.
   */
  async removeLostAccess(): Promise<AccessBlocker | undefined> {
    const isReplaced = (request: AccessRequest): boolean => isForAnotherCluster(this.situation.clusterRequest, request);
    if (this.situation.accessRequests.some(isReplaced)) {
      await this.refresh(this.clusterRequests, this.names.clusterRequest);
    }
    const going = this.#goingCluster;
    const isWanted = going === undefined || this.situation.access.state === "granted";
    const isLost = (request: AccessRequest): boolean => !isWanted || isTerminating(request) || isReplaced(request);
    const blocker = await this.#removeAccess(this.situation.accessRequests.filter(isLost));
    if (this.situation.accessRequests.length === 0) {
      await this.letGo(this.clusterRequests, going);
    }
    return this.situation.access.state === "granted" ? undefined : blocker;
  }

  /**
   * Takes back the access under other names than the present one, once the present one is granted and nobody works with
   * another kubeconfig: `isEverybodyOn` tells whether everybody works with the one in a Secret.
   */
  async removeOtherAccess(isEverybodyOn: (secretName: string) => boolean | Promise<boolean>): Promise<void> {
    const { accessRequest: present, access, accessRequests: all } = this.situation;
    const others = all.filter((one) => one !== present && !isTerminating(one));
    const isGranted = present?.metadata.name === this.names.accessRequest.name && access.state === "granted";
    if (others.length > 0 && isGranted && (await isEverybodyOn(access.secretName))) {
      await this.#removeAccess(others);
    }
  }

  /** Brings back access that a removal needs, by `request`. Says what is waited for, and nothing when there is access. */
  async regainAccess(request: () => Promise<void>): Promise<AccessBlocker | undefined> {
    const blocker = await this.removeLostAccess();
    if (blocker !== undefined) {
      return blocker;
    }
    if (this.situation.accessRequest === undefined) {
      await request();
    }
    const { state, message: why } = this.situation.access;
    const message = `waiting for access to the control plane: ${why}`;
    switch (state) {
      case "granted":
        return undefined;
      case "denied":
        return { state: "failed", reason: "AccessDenied", message };
      case "absent":
      case "pending":
        return { state: "waiting", reason: "AccessPending", message };
    }
  }

  /** Removes the requests for one cluster as far as possible now, the access first. Says what is waited for. */
  async removeRequests(target: TenantTarget): Promise<AccessBlocker | undefined> {
    const names = tenantNames(this.names.tenant, target);
    const blocker = await this.#removeAccess(accessRequestsOf(this.#on, names));
    return blocker !== undefined || target === "mcp" ? blocker : this.#removeCluster(names);
  }

  /** Takes our finalizer off a request that waits for nobody else. */
  async letGo<T extends KubeObject>({ resource, store }: Kind<T>, request: T | undefined): Promise<void> {
    if (request !== undefined && isLastHolder(request)) {
      const left = await removeFinalizer<T>(this.#client, resource, request, ACCESS_FINALIZER, this.pass.signal);
      store.deleted(request, left);
    }
  }

  async #removeAccess(requests: readonly AccessRequest[]): Promise<AccessBlocker | undefined> {
    let blocker: AccessBlocker | undefined;
    for (const request of requests) {
      blocker = (await this.#removeRequest(this.accessRequests, request)) ?? blocker;
    }
    return blocker;
  }

  /** Our own ClusterRequest while it is being deleted. Who has access works on, and is told that the request is going. */
  get #goingCluster(): ClusterRequest | undefined {
    const { clusterRequest } = this.situation;
    const isOwn = this.names.target === "workload" && this.onlyOurs(clusterRequest, this.names) !== undefined;
    return isOwn && isTerminating(clusterRequest) ? clusterRequest : undefined;
  }

  #removeCluster(names: TenantNames): Promise<AccessBlocker | undefined> {
    const found = this.clusterRequests.store.get(keyOf(names.clusterRequest));
    return this.#removeRequest(this.clusterRequests, this.onlyOurs(found, names));
  }

  async #removeRequest<T extends KubeObject>(kind: Kind<T>, found: T | undefined): Promise<AccessBlocker | undefined> {
    if (found === undefined) {
      return undefined;
    }
    if (!isTerminating(found)) {
      await this.delete(kind, found);
    }
    await this.letGo(kind, kind.store.get(keyOf(found)));
    if (kind.store.get(keyOf(found)) === undefined) {
      return undefined;
    }
    return kind.resource.kind === accessRequests.kind
      ? { state: "waiting", reason: "RemovingAccess", message: "waiting for the platform to take the access back" }
      : {
          state: "waiting",
          reason: "RemovingCluster",
          message: "waiting for the platform to take the workload cluster back",
        };
  }

  get #client(): KubeClient {
    return this.#on.platform;
  }
}
