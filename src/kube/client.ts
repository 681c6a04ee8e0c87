import type { Clock } from "./clock.ts";
import { discoverGroup, discoverNamespaced, discoverVersion } from "./discovery.ts";
import { MalformedAnswerError, unlessNotFound } from "./errors.ts";
import {
  type Answer,
  type ApiCall,
  describe,
  exchange,
  type ExchangeObserver,
  type ExchangeOptions,
  type RequestReport,
} from "./exchange.ts";
import { isRecord } from "./json.ts";
import {
  listCollection,
  listMetadata,
  pagesOfCollection,
  type ListResult,
  type MetadataList,
  type Selection,
} from "./list.ts";
import { isGone, type KubeObject, type ObjectRef } from "./object.ts";
import {
  apiVersionOf,
  creationPath,
  isObjectOf,
  METADATA,
  objectPath,
  type Resource,
  withoutContent,
} from "./resource.ts";
import type { Transport } from "./transport.ts";
import { type BookmarkEvent, type ObjectEvent, watchCollection } from "./watch.ts";

/** Which objects are listed. */
export type ListOptions = Selection & { readonly signal: AbortSignal };

/** Which objects are listed, and what of them. */
export type KeepingListOptions<T extends KubeObject> = ListOptions & {
  /** Returns what is kept of an object, so that a page is freed before the next one is read. Default: everything. */
  keep?(object: T): T;
};

/** Which objects are watched. The watch begins after `resourceVersion`, which comes from a list or an earlier event. */
export type WatchOptions = ListOptions & {
  readonly resourceVersion: string;
  /** Called when the server has accepted the watch. */
  readonly onOpen?: () => void;
};

/** One event of a watch. `ERROR` events are thrown as the typed error. */
export type RawWatchEvent<T extends KubeObject = KubeObject> = ObjectEvent<T> | BookmarkEvent;

/** How a patch is sent. Without `fieldManager`, the field manager is the part of the user agent before its `/`. */
export type PatchOptions = {
  readonly subresource?: "status";
  readonly fieldManager?: string;
  readonly signal: AbortSignal;
};

/** How an object is applied. Without `force`, a field that another manager owns is a `ConflictError`. */
export type ApplyOptions = PatchOptions & {
  readonly fieldManager: string;
  readonly force?: boolean;
  /** Create the object, and never change one: an object of that name is a `ConflictError`. */
  readonly isNew?: boolean;
};

/** How an object is deleted. A `uid` or `resourceVersion` that is not the object's is a `ConflictError`. */
export type DeleteOptions = {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan";
  readonly signal: AbortSignal;
};

/** How an object that was read is deleted. */
export type DeleteIfExistsOptions = {
  /** Delete only the `resourceVersion` that was read; a newer one is a `ConflictError`. */
  readonly onlyUnchanged?: boolean;
  readonly signal: AbortSignal;
};

/** How a client talks to its API server. */
export type KubeClientOptions = {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Yields numbers in [0, 1) for jitter; `Math.random` when absent. */
  readonly random?: () => number;
  readonly userAgent: string;
  /** Time for each attempt, from sending the request to the end of the body; at least 1 ms, default 30 s. */
  readonly requestTimeoutMs?: number;
  /** Names the server in reports. */
  readonly host?: string;
  /** Largest list, all pages together; without it only the size of each page is limited. */
  readonly maxListBytes?: number;
  /** Called for each HTTP exchange as soon as the headers of the answer are there. */
  readonly onRequest?: (report: RequestReport) => void;
  readonly onExchange?: ExchangeObserver;
};

/** Far above the largest object of etcd (1.5 MB). */
const MAX_OBJECT_BYTES = 10_000_000;
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
/** The first revision of etcd is that of the empty store: no object has this version, so an apply of it only creates. */
const NEVER_STORED = { resourceVersion: "1" } as const;

/**
 * Talks to one API server.
 *
 * Every call but `watch` ends within a bounded time. It throws an `ApiError` (the server refused), an
 * `UnreachableError` (no answer), a `MalformedAnswerError` (not the Kubernetes API), or the reason of an aborted
 * signal. A read is repeated a few times after any temporary failure; a write only when the server did not act on it,
 * or when a second one changes nothing.
 */
export class KubeClient {
  readonly #options: ExchangeOptions;

  constructor(options: KubeClientOptions) {
    this.#options = {
      random: Math.random,
      requestTimeoutMs: DEFAULT_REQUEST_TIMEOUT_MS,
      host: "",
      maxListBytes: Infinity,
      onRequest: undefined,
      onExchange: undefined,
      ...options,
    };
  }

  /**
   * Reads a whole collection, page by page.
   *
   * The list ends within ten times the timeout of one request, however many pages it has. `maxListBytes` bounds the
   * memory that a hostile server can make the list take.
   */
  async list<T extends KubeObject>(resource: Resource<T>, options: KeepingListOptions<T>): Promise<ListResult<T>> {
    return listCollection(this.#options, resource, options);
  }

  /**
   * Reads a collection page by page, in the order of namespaces and names, for whoever keeps only a part of each object.
   *
   * Throws a `GoneError` when the server has forgotten, between two pages, the state of which the first page is a part:
   * begin again then.
   */
  pages<T extends KubeObject>(resource: Resource<T>, options: ListOptions): AsyncGenerator<ListResult<T>> {
    return pagesOfCollection(this.#options, resource, options);
  }

  /**
   * Watches a collection until the server closes the watch, sends nothing for minutes, or `signal` is aborted: these
   * three end the iteration normally. A failed watch throws and is not repeated: the backoff is the caller's.
   */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncGenerator<RawWatchEvent<T>> {
    return watchCollection(this.#options, resource, options);
  }

  /**
   * Reads the metadata of the first `limit` objects of a collection, and how many more there are: one small answer,
   * however many and however large the objects are.
   */
  async listMetadata(resource: Resource, options: ListOptions & { readonly limit: number }): Promise<MetadataList> {
    return listMetadata(this.#options, resource, options);
  }

  /** Watches a collection as `watch` does, without the content of its objects. */
  watchMetadata(resource: Resource, options: WatchOptions): AsyncGenerator<RawWatchEvent> {
    return watchCollection(this.#options, resource, { ...options, isBare: true });
  }

  /** Reads one object. Throws a `NotFoundError` when there is none. */
  async get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, signal: AbortSignal): Promise<T> {
    return this.#object(resource, { method: "GET", path: objectPath(resource, ref), repetition: "read", signal });
  }

  /** Reads one object. Returns `undefined` when there is none. */
  async find<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, signal: AbortSignal): Promise<T | undefined> {
    return unlessNotFound(this.get(resource, ref, signal));
  }

  /**
   * Creates an object. Throws an `AlreadyExistsError` when an object of that name exists.
   *
   * Without `fieldManager`, the field manager is the part of the user agent before its `/`, and no policy is told of it.
   */
  async create<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    signal: AbortSignal,
    fieldManager?: string,
  ): Promise<T> {
    return this.#object(resource, {
      method: "POST",
      path: creationPath(resource, object.metadata.namespace),
      query: { fieldManager },
      body: { contentType: "application/json", value: object },
      repetition: "once",
      signal,
    });
  }

  /** Creates or changes an object by server-side apply. */
  async apply<T extends KubeObject>(
    resource: Resource<T>,
    object: ApplyConfiguration,
    options: ApplyOptions,
  ): Promise<T> {
    const value = options.isNew === true ? { ...object, metadata: { ...object.metadata, ...NEVER_STORED } } : object;
    const body = { contentType: "application/apply-patch+yaml", value };
    const query = options.force === true ? { force: "true" } : {};
    return this.#patch(resource, object.metadata, { body, query, repetition: "repeatable" }, options);
  }

  /** Changes an object by a merge patch (RFC 7386). */
  async mergePatch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T> {
    const body = { contentType: "application/merge-patch+json", value: patch };
    return this.#patch(resource, ref, { body, repetition: "repeatable" }, options);
  }

  /** Changes an object by a JSON patch (RFC 6902). Throws an `InvalidError` when a `test` of the patch fails. */
  async jsonPatch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    operations: readonly JsonPatchOperation[],
    options: PatchOptions,
  ): Promise<T> {
    const body = { contentType: "application/json-patch+json", value: operations };
    return this.#patch(resource, ref, { body, repetition: "once" }, options);
  }

  /** Deletes an object, and returns it while finalizers hold it. Throws a `NotFoundError` when there is none. */
  async delete<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options: DeleteOptions,
  ): Promise<T | undefined> {
    const { uid, resourceVersion, propagationPolicy, signal } = options;
    const value = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      preconditions: { uid, resourceVersion },
      propagationPolicy,
    };
    const { value: answer } = await exchange(this.#options, {
      method: "DELETE",
      path: objectPath(resource, ref),
      body: { contentType: "application/json", value },
      // Without a uid, a second request could delete an object that was created meanwhile.
      repetition: uid === undefined ? "once" : "repeatable",
      ...formOf(resource),
      maxBytes: MAX_OBJECT_BYTES,
      signal,
    });
    const left = read(resource, answer);
    return isObjectOf(resource, left) && !isGone(left) ? left : undefined;
  }

  /**
   * Deletes the object that was read, never another one of its name. An object that does not exist any more is a
   * success.
   *
   * Returns the object as long as finalizers hold it.
   */
  async deleteIfExists<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options: DeleteIfExistsOptions,
  ): Promise<T | undefined> {
    const { uid, resourceVersion } = object.metadata;
    const preconditions = options.onlyUnchanged === true ? { uid, resourceVersion } : { uid };
    return unlessNotFound(this.delete(resource, object.metadata, { ...preconditions, signal: options.signal }));
  }

  /** Asks for a review, which the server answers and does not store. Returns the `status` of the answer. */
  async review(
    resource: Resource,
    spec: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> {
    const value = { apiVersion: apiVersionOf(resource), kind: resource.kind, spec };
    const call: ApiCall = {
      method: "POST",
      path: creationPath(resource),
      body: { contentType: "application/json", value },
      repetition: "read",
      maxBytes: MAX_OBJECT_BYTES,
      signal,
    };
    const { value: answer } = await exchange(this.#options, call);
    if (!isRecord(answer) || !isRecord(answer["status"])) {
      throw new MalformedAnswerError(`${describe(call)}: the answer has no status`);
    }
    return answer["status"];
  }

  /** Reads the server's version, for example `v1.33.1`. It is the cheapest proof that an API server answers. */
  async version(signal: AbortSignal): Promise<string> {
    return (await this.about(signal)).version;
  }

  /** Reads the server's version, and what its clock shows, in ms, as far as the answer tells. */
  async about(signal: AbortSignal): Promise<{ readonly version: string; readonly clockMs?: number }> {
    const { value: answer, date = "" } = await this.#exchange("/version", signal);
    if (!isRecord(answer) || typeof answer["gitVersion"] !== "string") {
      throw new MalformedAnswerError("GET /version: the answer has no gitVersion");
    }
    const clockMs = Date.parse(date);
    return { version: answer["gitVersion"], ...(Number.isFinite(clockMs) && { clockMs }) };
  }

  /** Reads which namespaced resources the server can list. */
  async namespacedResources(signal: AbortSignal): Promise<readonly Resource[]> {
    return discoverNamespaced((path) => this.#read(path, signal));
  }

  /** Reads which resources the server can list in one version of an API group: none if it does not serve that version. */
  async resourcesOf(
    groupVersion: Pick<Resource, "group" | "version">,
    signal: AbortSignal,
  ): Promise<readonly Resource[]> {
    const found = discoverVersion((path) => this.#read(path, signal), groupVersion);
    return (await unlessNotFound(found)) ?? [];
  }

  /**
   * Reads which resources of an API group the server can list, each in one of its versions: none if it does not serve
   * the group. Throws when it does not answer for one of the versions.
   */
  async resourcesOfGroup(group: string, signal: AbortSignal): Promise<readonly Resource[]> {
    return discoverGroup((path) => unlessNotFound(this.#read(path, signal)), group);
  }

  #patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: Pick<ApiCall, "body" | "query" | "repetition">,
    { subresource, fieldManager, signal }: PatchOptions,
  ): Promise<T> {
    const path = objectPath(resource, ref, subresource);
    const query = { fieldManager, ...patch.query };
    return this.#object(resource, { method: "PATCH", path, ...patch, query, signal });
  }

  async #read(path: string, signal: AbortSignal): Promise<unknown> {
    return (await this.#exchange(path, signal)).value;
  }

  #exchange(path: string, signal: AbortSignal): Promise<Answer> {
    return exchange(this.#options, { method: "GET", path, repetition: "read", maxBytes: MAX_OBJECT_BYTES, signal });
  }

  async #object<T extends KubeObject>(resource: Resource<T>, request: Omit<ApiCall, "maxBytes">): Promise<T> {
    const call: ApiCall = { ...request, ...formOf(resource), maxBytes: MAX_OBJECT_BYTES };
    const { value: answer } = await exchange(this.#options, call);
    const object = read(resource, answer);
    if (!isObjectOf(resource, object)) {
      throw new MalformedAnswerError(`${describe(call)}: the answer is not a ${resource.kind}`);
    }
    return object;
  }
}

function formOf({ answer }: Resource): Pick<ApiCall, "accept"> {
  return answer === "metadata" ? { accept: METADATA } : {};
}

function read(resource: Resource, answer: unknown): unknown {
  return resource.answer === "metadata" ? withoutContent(resource, answer) : answer;
}

/** The body of server-side apply: exactly the fields that the field manager wants to own. */
export type ApplyConfiguration = KubeObject & { readonly [field: string]: unknown };

/** One operation of a JSON patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };
