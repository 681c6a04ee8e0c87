import type { PatchOptions } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import { type Lease, leases } from "../kube/core.ts";
import { AlreadyExistsError, ConflictError, NotFoundError } from "../kube/errors.ts";
import type { ObjectRef } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";

/** What a lock asks of a client; `KubeClient` has it. */
export type LeaseClient = {
  find(resource: Resource<Lease>, ref: ObjectRef, signal: AbortSignal): Promise<Lease | undefined>;
  create(resource: Resource<Lease>, object: Lease, signal: AbortSignal): Promise<Lease>;
  mergePatch(resource: Resource<Lease>, ref: ObjectRef, patch: unknown, options: PatchOptions): Promise<Lease>;
};

/** Which lease, and in whose name. */
export type LeaseLockOptions = {
  readonly client: LeaseClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process. */
  readonly identity: string;
  readonly clock: Clock;
  /** How long others have to wait after our last sign of life. */
  readonly leaseDurationMs: number;
};

type LeaseSpec = NonNullable<Lease["spec"]>;

/**
 * One attempt at a time to hold a Lease.
 *
 * Each write has the version it is based on as precondition, so of two that try only one succeeds. A lease of somebody
 * else counts as expired when *we* have seen it unchanged for its duration: clocks of machines are never compared.
 */
export class LeaseLock {
  readonly #options: LeaseLockOptions;
  #lease: Lease | undefined;
  /** What the lease said when it last changed, and when we saw that. */
  #observed: { readonly record: string; readonly atMs: number } | undefined;

  constructor(options: LeaseLockOptions) {
    this.#options = options;
  }

  /** Who holds the lease as far as we know; empty when nobody does. */
  get holder(): string {
    return this.#lease?.spec?.holderIdentity ?? "";
  }

  /** Takes the lease or renews it; false when somebody else holds it. Throws when that cannot be found out. */
  async hold(signal: AbortSignal): Promise<boolean> {
    try {
      if (this.#lease === undefined || this.holder !== this.#options.identity) {
        await this.#read(signal);
      }
      if (!this.#isFree()) {
        return false;
      }
      await this.#write(signal);
      return true;
    } catch (error) {
      if (error instanceof ConflictError || error instanceof AlreadyExistsError || error instanceof NotFoundError) {
        // Somebody else has written, or a write of ours went through although its answer was lost. Reading tells.
        this.#lease = undefined;
        return this.#holdsAfterConflict(signal);
      }
      throw error;
    }
  }

  /** Gives the lease up, so that the next holder need not wait. Does nothing when it is not ours. */
  async release(signal: AbortSignal): Promise<void> {
    const spec = this.#lease?.spec;
    if (spec === undefined || this.holder !== this.#options.identity) {
      return;
    }
    const now = toMicroTime(this.#options.clock.now());
    await this.#patch(
      { ...spec, holderIdentity: "", leaseDurationSeconds: 1, acquireTime: now, renewTime: now },
      signal,
    );
  }

  async #holdsAfterConflict(signal: AbortSignal): Promise<boolean> {
    await this.#read(signal);
    if (this.#lease !== undefined && this.holder !== this.#options.identity) {
      return false;
    }
    await this.#write(signal);
    return true;
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { client, namespace, name } = this.#options;
    const lease = await client.find(leases, { namespace, name }, signal);
    if (lease === undefined) {
      this.#lease = undefined;
    } else {
      this.#observe(lease);
    }
  }

  #isFree(): boolean {
    if (this.holder === "" || this.holder === this.#options.identity || this.#observed === undefined) {
      return true;
    }
    const theirsMs = (this.#lease?.spec?.leaseDurationSeconds ?? 0) * 1000;
    const durationMs = Math.max(theirsMs, this.#options.leaseDurationMs);
    return this.#options.clock.now() - this.#observed.atMs >= durationMs;
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { client, namespace, name, identity, leaseDurationMs, clock } = this.#options;
    const before = this.#lease?.spec;
    const isOurs = this.holder === identity;
    const now = toMicroTime(clock.now());
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: isOurs ? (before?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (isOurs || before === undefined ? 0 : 1),
    };
    if (this.#lease !== undefined) {
      await this.#patch(spec, signal);
      return;
    }
    const metadata = { namespace, name };
    const lease: Lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
    this.#observe(await client.create(leases, lease, signal));
  }

  async #patch(spec: LeaseSpec, signal: AbortSignal): Promise<void> {
    const { client, namespace, name } = this.#options;
    const patch = { metadata: { resourceVersion: this.#lease?.metadata.resourceVersion }, spec };
    this.#observe(await client.mergePatch(leases, { namespace, name }, patch, { signal }));
  }

  #observe(lease: Lease): void {
    this.#lease = lease;
    const record = JSON.stringify(lease.spec);
    if (record !== this.#observed?.record) {
      this.#observed = { record, atMs: this.#options.clock.now() };
    }
  }
}

/** `metav1.MicroTime`. */
function toMicroTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
