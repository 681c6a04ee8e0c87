import { readJson, writeJson } from "./json.ts";
import { ClientError, isNotFound } from "./client-error.ts";
import type { SimClock } from "./clock.ts";
import { followCollection, type FollowEvent, itemsOf } from "./follow.ts";
import { readText } from "./read-body.ts";
import { type KindRef, type ObjRef, ResourcePaths, UnknownKindError } from "./resource-paths.ts";
import type { Obj } from "./object.ts";
import { trusted } from "./trusted.ts";
import type { SimRequest, SimResponse, SimTransport } from "./transport.ts";

/** How a client presents itself. */
export type SimClientOptions = {
  readonly token?: string | undefined;
  /** Paces retries of `follow`. */
  readonly clock: SimClock;
  /** Default manager of written fields. */
  readonly fieldManager?: string;
  /** What another client has found out about the same server. Default: nothing. */
  readonly paths?: ResourcePaths;
};

/** Which objects of a kind. */
export type ListSelector = { readonly labelSelector?: string | undefined; readonly fieldSelector?: string | undefined };

/** What may be said about a write. */
export type WriteOptions = { readonly subresource?: string | undefined; readonly fieldManager?: string | undefined };

/** What may be said about an apply. */
export type ApplyOptions = WriteOptions & { readonly force?: boolean | undefined };

/** What may be said about a delete. */
export type DeleteOptions = {
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground" | undefined;
  readonly uid?: string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
};

type Sent = Pick<SimRequest, "method"> & { readonly body?: unknown; readonly contentType?: string };

const NEVER = new AbortController().signal;
const TOO_MANY_REQUESTS = 429;
const ATTEMPTS = 10;
const SECOND_MS = 1000;

/** A small client of one API server, real or embedded. Refusals are thrown as `ClientError`. */
export class SimClient {
  readonly #transport: SimTransport;
  readonly #options: SimClientOptions;
  /** What is known of the kinds that the server serves. */
  readonly paths: ResourcePaths;

  constructor(transport: SimTransport, options: SimClientOptions) {
    this.#transport = transport;
    this.#options = options;
    this.paths = options.paths ?? new ResourcePaths((path) => this.json({ method: "GET" }, path));
  }

  /** Reads one object; throws when it is not there. */
  async get<T extends Obj = Obj>(ref: ObjRef): Promise<T> {
    return this.json<T>({ method: "GET" }, await this.paths.pathOf(ref));
  }

  /** Reads one object, or `undefined` when it is not there. */
  async find<T extends Obj = Obj>(ref: ObjRef): Promise<T | undefined> {
    try {
      return await this.get<T>(ref);
    } catch (error) {
      if (isNotFound(error)) {
        return undefined;
      }
      throw error;
    }
  }

  /** Whether the server serves a kind now. A real one does so a moment after it has established the kind's CRD. */
  async serves(kind: KindRef): Promise<boolean> {
    // What was found out before may be about a CRD that is gone.
    const paths = new ResourcePaths((path) => this.json({ method: "GET" }, path));
    try {
      await paths.pathOf(kindOnly(kind));
      return true;
    } catch (error) {
      if (isNotFound(error) || error instanceof UnknownKindError) {
        return false;
      }
      throw error;
    }
  }

  /** Reads all objects of a kind. */
  async list<T extends Obj = Obj>(kind: KindRef, selector: ListSelector = {}): Promise<T[]> {
    const path = withQuery(await this.paths.pathOf(kindOnly(kind)), { ...selector });
    return trusted<T[]>(itemsOf(await this.json({ method: "GET" }, path), kind));
  }

  /** Creates an object, or what one of its subresources makes (a token, for example). */
  async create<T extends Obj = Obj>(object: Obj, options: WriteOptions = {}): Promise<T> {
    const path = await this.paths.pathOf(kindOnly(refOf(object)));
    return this.#write(path, options, { method: "POST", body: object });
  }

  /** Posts to a subresource of an object and returns the answer. */
  async createSubresource<T = unknown>(ref: ObjRef, subresource: string, body: unknown): Promise<T> {
    return this.json<T>({ method: "POST", body }, await this.paths.pathOf(ref, subresource));
  }

  /** Replaces an object; its `resourceVersion` guards against others. */
  async update<T extends Obj = Obj>(object: Obj, options: WriteOptions = {}): Promise<T> {
    return this.#write(await this.#pathFor(refOf(object), options), options, { method: "PUT", body: object });
  }

  /** Merges a patch into an object (RFC 7396). */
  async patchMerge<T extends Obj = Obj>(ref: ObjRef, patch: unknown, options: WriteOptions = {}): Promise<T> {
    const sent: Sent = { method: "PATCH", body: patch, contentType: "application/merge-patch+json" };
    return this.#write(await this.#pathFor(ref, options), options, sent);
  }

  /** Applies a list of operations to an object (RFC 6902). */
  async patchJson<T extends Obj = Obj>(ref: ObjRef, patch: readonly unknown[], options: WriteOptions = {}): Promise<T> {
    const sent: Sent = { method: "PATCH", body: patch, contentType: "application/json-patch+json" };
    return this.#write(await this.#pathFor(ref, options), options, sent);
  }

  /** Applies an object server-side. */
  async apply<T extends Obj = Obj>(object: Obj, options: ApplyOptions = {}): Promise<T> {
    const path = await this.#pathFor(refOf(object), options);
    const sent: Sent = { method: "PATCH", body: object, contentType: "application/apply-patch+yaml" };
    return this.#write(withQuery(path, { force: options.force === true ? "true" : undefined }), options, sent);
  }

  /** Merges a status into an object's status subresource. */
  status<T extends Obj = Obj>(ref: ObjRef, status: unknown, options: WriteOptions = {}): Promise<T> {
    return this.patchMerge<T>(ref, { status }, { ...options, subresource: "status" });
  }

  /** Deletes an object; throws when it is not there. */
  async delete(ref: ObjRef, options: DeleteOptions = {}): Promise<void> {
    await this.json({ method: "DELETE", body: deleteBody(options) }, await this.paths.pathOf(ref));
  }

  /** Deletes all selected objects of a kind in a namespace. */
  async deleteAll(kind: KindRef, selector: ListSelector = {}, options: DeleteOptions = {}): Promise<void> {
    const path = withQuery(await this.paths.pathOf(kindOnly(kind)), { ...selector });
    await this.json({ method: "DELETE", body: deleteBody(options) }, path);
  }

  /**
   * Follows a kind until `signal` is aborted: first everything that is there (`restarted`), then each change.
   *
   * Goes on after failures of any sort; `restarted` comes again whenever changes may have been missed.
   */
  async *follow<T extends Obj = Obj>(
    kind: KindRef,
    signal: AbortSignal,
    selector: ListSelector = {},
  ): AsyncGenerator<FollowEvent<T>, void> {
    const open = async (query: Readonly<Record<string, string>>): Promise<SimResponse> => {
      const path = await this.paths.pathOf(kindOnly(kind));
      return this.#send({ method: "GET" }, withQuery(path, { ...selector, ...query }), signal);
    };
    yield* followCollection<T>({ open, clock: this.#options.clock, kind }, signal);
  }

  /** Sends a request to any path and parses the JSON that comes back. */
  async json<T = unknown>(sent: Sent, path: string): Promise<T> {
    const response = await this.#send(sent, path, NEVER);
    return trusted<T>(readJson(await readText(response)));
  }

  #pathFor(ref: ObjRef, { subresource }: WriteOptions): Promise<string> {
    return this.paths.pathOf(ref, subresource);
  }

  async #write<T extends Obj>(path: string, { fieldManager }: WriteOptions, sent: Sent): Promise<T> {
    const manager = fieldManager ?? this.#options.fieldManager ?? "sim";
    return this.json<T>(sent, withQuery(path, { fieldManager: manager }));
  }

  async #send(sent: Sent, path: string, signal: AbortSignal): Promise<SimResponse> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#sendOnce(sent, path, signal);
      if (response.status < 400) {
        return response;
      }
      const error = new ClientError(response.status, await readText(response));
      // A real API server says so while the storage of a new or changed CRD is not there yet, and has done nothing.
      if (error.code !== TOO_MANY_REQUESTS || attempt === ATTEMPTS) {
        throw error;
      }
      await this.#options.clock.sleep(SECOND_MS, signal);
    }
  }

  #sendOnce(
    { method, body, contentType = "application/json" }: Sent,
    path: string,
    signal: AbortSignal,
  ): Promise<SimResponse> {
    const { token } = this.#options;
    return this.#transport({
      method,
      path,
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": contentType }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: writeJson(body) }),
      signal,
    });
  }
}

/** Names an object. */
export function refOf({ apiVersion, kind, metadata }: Obj): ObjRef {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

function kindOnly({ apiVersion, kind, namespace }: KindRef): KindRef {
  return { apiVersion, kind, namespace };
}

function deleteBody({ propagationPolicy, uid, gracePeriodSeconds }: DeleteOptions): unknown {
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(propagationPolicy !== undefined && { propagationPolicy }),
    ...(uid !== undefined && { preconditions: { uid } }),
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
  };
}

function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (set.length === 0) {
    return path;
  }
  return `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(set).toString()}`;
}
