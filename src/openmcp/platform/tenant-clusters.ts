import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { secrets } from "../../kube/core.ts";
import { DeadlineError, withDeadline } from "../../kube/deadline.ts";
import { ApiError, UnreachableError } from "../../kube/errors.ts";
import type { RequestReport } from "../../kube/exchange.ts";
import type { ObjectRef } from "../../kube/object.ts";
import { keyOf, refOf } from "../../runtime/key.ts";
import {
  clientFromSecret,
  type KubeconfigSecretClient,
  type KubeconfigSecretDeps,
  readKubeconfig,
} from "./kubeconfig-secret.ts";
import { type VisitPlace, VisitPlaces } from "./visit-places.ts";

/** What the clients of tenants' clusters are made of. */
export type TenantClustersOptions = KubeconfigSecretDeps & {
  /** How many clients are kept while nobody uses them; at least 1, default 64. */
  readonly maxIdle?: number;
  /** Told of a cluster that did not answer, of a kubeconfig that could not be read, and of a client that could not be closed. */
  readonly onError: (error: unknown) => void;
};

/** A tenant's cluster did not answer, or a proxy before it said so. `cause` says what happened. */
export class SilentClusterError extends UnreachableError {
  override readonly name = "SilentClusterError";
}

/** How a cluster is visited. */
export type Visit = {
  /** Asks even a cluster that has kept silent a moment ago. */
  readonly force: boolean;
  /** How long one that keeps silent is left alone. */
  readonly askAgainAfterMs: number;
  readonly signal: AbortSignal;
};

type Entry = KubeconfigSecretClient & {
  users: number;
  /** The place of the visit that goes on. */
  place: VisitPlace | undefined;
  idleSinceMs: number;
};

/** A cluster that is left alone, as long as it has this kubeconfig. */
type Silence = {
  readonly error: SilentClusterError;
  readonly kubeconfig: string | undefined;
  readonly untilMs: number;
};

const DEFAULT_MAX_IDLE = 64;
/** A removal looks twice: before Flux uninstalls, and afterwards. Most of the time one connection does for both. */
const MAX_IDLE_MS = 10_000;
/** Thousands of objects of a kind. A control plane is its tenant's: what it says must not fill this process. */
const MAX_LIST_BYTES = 20_000_000;
/** For each attempt at a request. Nobody but its own tenant waits for it. */
const REQUEST_TIMEOUT_MS = 5_000;
/** For all requests of a visit: who answers each of them in the last moment must not hold a pass for half an hour. */
const VISIT_TIMEOUT_MS = 2 * 60_000;
/** Who refuses connections says so at once, and may be asked soon again. */
const LONGEST_REFUSAL_MS = 2_000;
/** The code in the report of a request that had no answer. */
const NO_ANSWER = "<error>";
/** With these a proxy, or an overloaded server, says that nobody has dealt with a request. */
const UNSERVED_CODES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Keeps clients of tenants' clusters, one for each kubeconfig Secret.
 *
 * Of those nobody uses, the most recently used ones are kept for a moment. A client is never closed while it is in use.
 */
export class TenantClusters {
  readonly #entries = new Map<string, Entry>();
  /** Those that nobody uses, in the order of their last use, the longest ago first. */
  readonly #idle = new Map<string, Entry>();
  readonly #silences = new Map<string, Silence>();
  readonly #options: TenantClustersOptions;
  readonly #clock: Clock;
  readonly #places: VisitPlaces;
  #sweeping: AbortController | undefined;

  constructor(options: TenantClustersOptions) {
    const { clientOptions } = options;
    const limits = { maxListBytes: MAX_LIST_BYTES, requestTimeoutMs: REQUEST_TIMEOUT_MS };
    this.#options = { ...options, clientOptions: { ...clientOptions, ...limits } };
    this.#clock = clientOptions.clock;
    this.#places = new VisitPlaces(this.#clock);
  }

  /** Does `work` with the client for the kubeconfig in `secret`, which is a Secret of the platform cluster. */
  use<R>(secret: ObjectRef, work: (client: KubeClient) => Promise<R>): Promise<R> {
    return this.#use(secret, ({ client }) => work(client));
  }

  /**
   * Does `work` with the same client, unless the cluster has kept silent lately. `work` ends with the signal it is given.
   *
   * Throws a SilentClusterError when it does not answer. It is then left alone until `askAgainAfterMs` have passed, its
   * kubeconfig is another one, or somebody forces a visit: meanwhile the same error is thrown at once.
   */
  async visit<R>(
    secret: ObjectRef,
    visit: Visit,
    work: (client: KubeClient, signal: AbortSignal) => Promise<R>,
  ): Promise<R> {
    const silence = this.#silences.get(keyOf(secret));
    const isRenewed = silence !== undefined && (await this.#takeOver(secret, silence, visit.signal));
    if (silence !== undefined && !isRenewed && !visit.force && this.#clock.now() < silence.untilMs) {
      throw silence.error;
    }
    return this.#places.take({ isSilent: silence !== undefined }, (place) =>
      this.#use(secret, (entry) => {
        entry.place = place;
        return this.#ask(secret, visit, (signal) => work(entry.client, signal));
      }),
    );
  }

  /** Lets go of everything that is held for the Secrets of a namespace. A client in use is closed afterwards. */
  forget(namespace: string): void {
    const isIn = (key: string): boolean => refOf(key).namespace === namespace;
    for (const key of [...this.#silences.keys()].filter(isIn)) {
      this.#silences.delete(key);
    }
    for (const [key, entry] of [...this.#entries].filter(([each]) => isIn(each))) {
      this.#entries.delete(key);
      if (this.#idle.delete(key)) {
        void this.#close(entry);
      }
    }
  }

  /** Closes all clients that are not in use. */
  close(): Promise<void> {
    this.#sweeping?.abort();
    return this.#evict(this.#idle.size);
  }

  async #use<R>(secret: ObjectRef, work: (entry: Entry) => Promise<R>): Promise<R> {
    const key = keyOf(secret);
    const entry = this.#take(key, secret);
    entry.users += 1;
    try {
      return await work(entry);
    } catch (error) {
      if (error instanceof UnreachableError) {
        // A cluster that was made anew under the same name has another address: the old one refuses nothing, it is mute.
        await entry.reload().catch(this.#options.onError);
      }
      throw error;
    } finally {
      entry.users -= 1;
      if (entry.users === 0) {
        this.#rest(key, entry);
      }
    }
  }

  #rest(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) {
      entry.idleSinceMs = this.#clock.now();
      this.#idle.set(key, entry);
      void this.#evict(this.#idle.size - (this.#options.maxIdle ?? DEFAULT_MAX_IDLE));
      void this.#sweep();
    } else {
      void this.#close(entry);
    }
  }

  async #ask<R>(secret: ObjectRef, visit: Visit, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const { askAgainAfterMs, signal } = visit;
    const key = keyOf(secret);
    const startedAt = this.#clock.now();
    this.#silences.delete(key);
    try {
      return await withDeadline({ clock: this.#clock, timeoutMs: VISIT_TIMEOUT_MS, signal }, work);
    } catch (cause) {
      if (!isSilence(cause)) {
        throw cause;
      }
      const error = new SilentClusterError(`the cluster of Secret "${key}" does not answer: ${cause.message}`, {
        cause,
      });
      this.#options.onError(error);
      const now = this.#clock.now();
      if (now - startedAt > LONGEST_REFUSAL_MS) {
        const kubeconfig = this.#entries.get(key)?.kubeconfig();
        this.#silences.set(key, { error, kubeconfig, untilMs: now + askAgainAfterMs });
      }
      throw error;
    }
  }

  /** Whether the Secret has another kubeconfig than the one with which the cluster kept silent, which then counts. */
  async #takeOver(secret: ObjectRef, { kubeconfig }: Silence, signal: AbortSignal): Promise<boolean> {
    try {
      const current = await this.#options.platform.get(secrets, secret, signal);
      if (readKubeconfig(current) === kubeconfig) {
        return false;
      }
      await this.#entries.get(keyOf(secret))?.follow(current);
      return true;
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  #take(key: string, secret: ObjectRef): Entry {
    const entry = this.#entries.get(key) ?? this.#open(secret);
    this.#entries.set(key, entry);
    this.#idle.delete(key);
    return entry;
  }

  #open(secret: ObjectRef): Entry {
    const { clientOptions } = this.#options;
    const onRequest = (report: RequestReport): void => {
      if (report.code !== NO_ANSWER) {
        entry.place?.answered();
      }
      clientOptions.onRequest?.(report);
    };
    const deps = { ...this.#options, clientOptions: { ...clientOptions, onRequest } };
    const entry: Entry = { ...clientFromSecret(() => secret, deps), users: 0, place: undefined, idleSinceMs: 0 };
    return entry;
  }

  /** Closes clients for as long as there are some that nobody uses. */
  async #sweep(): Promise<void> {
    if (this.#sweeping !== undefined) {
      return;
    }
    const sweeping = new AbortController();
    this.#sweeping = sweeping;
    while (this.#idle.size > 0 && !sweeping.signal.aborted) {
      await this.#clock.sleep(MAX_IDLE_MS / 2, sweeping.signal);
      const lastMs = this.#clock.now() - MAX_IDLE_MS;
      await this.#evict([...this.#idle.values()].filter(({ idleSinceMs }) => idleSinceMs <= lastMs).length);
    }
    this.#sweeping = undefined;
  }

  /** Closes so many of the clients that nobody uses, the longest unused ones first. */
  async #evict(count: number): Promise<void> {
    const unwanted = [...this.#idle].slice(0, Math.max(0, count));
    for (const [key] of unwanted) {
      this.#idle.delete(key);
      this.#entries.delete(key);
    }
    await Promise.all(unwanted.map(([, entry]) => this.#close(entry)));
  }

  async #close({ close }: Entry): Promise<void> {
    await close().catch(this.#options.onError);
  }
}

function isSilence(error: unknown): error is Error {
  return (
    error instanceof UnreachableError ||
    error instanceof DeadlineError ||
    (error instanceof ApiError && UNSERVED_CODES.has(error.code))
  );
}
