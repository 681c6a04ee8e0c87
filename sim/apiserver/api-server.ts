import type { SimClock } from "../clock.ts";
import type { Obj } from "../object.ts";
import type { SimRequest, SimResponse } from "../transport.ts";
import { ApiError, requestTooLarge } from "./api/api-error.ts";
import { attributesOf, notPermitted } from "./auth/attributes.ts";
import { isAllowed } from "./auth/rbac.ts";
import { type BoundTo, Tokens, type User } from "./auth/tokens.ts";
import { Controllers } from "./controllers/controllers.ts";
import { installCrd } from "./controllers/install-crd.ts";
import { seed } from "./seed.ts";
import { type Random, randomSuffix } from "./api/random-text.ts";
import { builtInResources } from "./registry/strategies/built-ins.ts";
import { Registry } from "./registry/registry.ts";
import { checkMediaType } from "./request/decode-object.ts";
import { withJsonBody } from "./request/protobuf.ts";
import { parseRequest, type RequestInfo, type ResourceInfo } from "./request/request-info.ts";
import { errorResponse, jsonResponse, textResponse } from "./response/json-response.ts";
import { respondToPath } from "./respond-to-path.ts";
import { review, REVIEW_KINDS } from "./reviews/reviews.ts";
import { requestToken } from "./reviews/service-account-token.ts";
import { type Backup, Storage, type StoredChange } from "./storage/storage.ts";
import type { Call, Core } from "./verbs/call.ts";
import { dispatch } from "./verbs/dispatch.ts";
import { finalizeNamespace } from "./verbs/finalize.ts";

/** How an API server is set up. */
export type ApiServerOptions = {
  /** Shows in nothing but error messages of its own. */
  readonly name: string;
  readonly clock: SimClock;
  /** Yields numbers in [0, 1). The same numbers make the same UIDs, names and tokens. */
  readonly random: Random;
  /** Tokens that are good from the start. */
  readonly tokens?: Readonly<Record<string, User>>;
  /** Default: RBAC. */
  readonly authorization?: "RBAC" | "AlwaysAllow";
  /** Number of changes of each resource that a watch can go back at least. Default: 1000. */
  readonly watchHistory?: number;
  /** How long after an answer to a write the watches hear of it. Default: 30 ms. */
  readonly watchDelayMs?: number;
  /** Shortest life of a service account's token, as a real API server enforces it. Default: 10 minutes. */
  readonly shortestTokenMs?: number;
};

/** A real API server feeds its watches from a cache, which is behind the answers: by milliseconds, under load by more. */
export const WATCH_DELAY_MS = 30;

const WATCH_HISTORY = 1000;
const MOST_BODY_BYTES = 3_145_728;
const SHORTEST_TOKEN_MS = 600_000;

/**
 * A Kubernetes API server in memory.
 *
 * `handle` is its whole interface to clients; it is a transport, so whatever wraps a transport can delay, drop or
 * falsify. Everything that depends on time or chance comes from `clock` and `random`.
 */
export class ApiServer {
  readonly name: string;
  /** Token of a user in the group `system:masters`. */
  readonly adminToken: string;
  readonly #core: Core;
  readonly #tokens: Tokens;
  readonly #controllers: Controllers;
  readonly #options: ApiServerOptions;

  constructor(options: ApiServerOptions) {
    const { name, clock, random, watchHistory = WATCH_HISTORY, watchDelayMs = WATCH_DELAY_MS } = options;
    const storage = new Storage({ clock, watchHistory, watchDelayMs });
    this.name = name;
    this.#options = options;
    this.#core = { storage, registry: new Registry(builtInResources()), clock, random };
    this.#tokens = new Tokens({ clock, random, isThere: (bound) => accountExists(storage, bound) });
    this.adminToken = `admin.${randomSuffix(random, 32)}`;
    this.#tokens.accept(this.adminToken, { name: "kubernetes-admin", groups: ["system:masters"] });
    for (const [token, user] of Object.entries(options.tokens ?? {})) {
      this.#tokens.accept(token, user);
    }
    this.#controllers = new Controllers(this.#core);
    seed(this.#core);
  }

  /** Starts the controllers: CRDs become served, namespaces empty, orphans collected. */
  start(): void {
    this.#controllers.start();
  }

  /** Stops the controllers. Requests are still answered. */
  stop(): void {
    this.#controllers.stop();
  }

  /** A token that stands for `user` in `groups`, for ever unless `ttlMs` says otherwise. */
  issueToken(user: string, groups: readonly string[] = [], ttlMs?: number): string {
    return this.#tokens.issue({ name: user, groups }, ttlMs);
  }

  /** Makes a token unknown: whoever comes with it gets 401. Open watches go on. */
  revokeToken(token: string): void {
    this.#tokens.revoke(token);
  }

  /** Forgets the history: watches and pages from older resource versions get 410. */
  compact(): void {
    this.#core.storage.compact();
  }

  /** Everything that is stored now. */
  backUp(): Backup {
    return this.#core.storage.backUp();
  }

  /** Begins again with what a backup holds: watches end, and resource versions go back. */
  restore(backup: Backup): void {
    this.#core.storage.restore(backup);
  }

  /** Serves what CRDs define from now on, without the requests and the moments that it takes a client. */
  install(crds: readonly Obj[]): void {
    crds.forEach((crd) => installCrd(this.#core, crd));
  }

  /** All objects that are stored now, by collection: `secrets`, `helmreleases.helm.toolkit.fluxcd.io`. */
  stored(): ReadonlyMap<string, readonly Obj[]> {
    return this.#core.storage.all();
  }

  /** The objects of one collection. */
  objects(collection: string): readonly Obj[] {
    return this.#core.storage.collection(collection).list();
  }

  /** One stored object by the key of its collection, `<namespace>/<name>` or `<name>`. */
  peek(collection: string, key: string): Obj | undefined {
    return this.#core.storage.collection(collection).get(key);
  }

  /** Calls `listener` after each change of any object until the returned function is called. */
  onChange(listener: (stored: StoredChange) => void): () => void {
    return this.#core.storage.onChange(listener);
  }

  /** Answers one request. Never rejects; each refusal is an HTTP answer. */
  async handle(request: SimRequest): Promise<SimResponse> {
    await Promise.resolve();
    try {
      return this.#answer(request);
    } catch (error) {
      return errorResponse(error instanceof ApiError ? error : internalError(error));
    }
  }

  #answer(request: SimRequest): SimResponse {
    const user = this.#userOf(request);
    const info = parseRequest(request.method, request.path);
    this.#authorize(user, info);
    const { resource } = info;
    return resource === undefined
      ? respondToPath(this.#core, info, request.headers["accept"])
      : this.#answerResource({ request, user, info, resource });
  }

  #userOf({ headers }: SimRequest): User {
    const user = this.#tokens.authenticate(headers["authorization"]);
    return this.#authorizes ? user : { ...user, groups: [...user.groups, "system:masters"] };
  }

  #authorize(user: User, info: RequestInfo): void {
    const attributes = attributesOf(info);
    if (!isAllowed(this.#core.storage, user, attributes)) {
      throw notPermitted(user, attributes);
    }
  }

  get #authorizes(): boolean {
    return this.#options.authorization !== "AlwaysAllow";
  }

  #answerResource({ request: sent, user, info, resource }: Asked): SimResponse {
    const request = withJsonBody(sent);
    const call = this.#callFor(request, info, { user, resource });
    if (call === undefined) {
      return textResponse(404, "404 page not found\n");
    }
    checkMediaType(info.verb, request.headers["content-type"]);
    return this.#answerSpecial(call, user, info.verb) ?? dispatch(call, info.verb, request.signal);
  }

  // What is not an object that is stored, or not stored the way of all others.
  #answerSpecial(call: Call, user: User, verb: string): SimResponse | undefined {
    const { kind } = call.resource;
    const { subresource } = call.info;
    if (REVIEW_KINDS.has(kind) && verb === "create") {
      const reviewer = { storage: this.#core.storage, tokens: this.#tokens, user, authorizes: this.#authorizes };
      return jsonResponse(201, review(kind, call.body, reviewer));
    }
    if (kind === "ServiceAccount" && subresource === "token" && verb === "create") {
      const { shortestTokenMs = SHORTEST_TOKEN_MS } = this.#options;
      return jsonResponse(201, requestToken(call, { tokens: this.#tokens, shortestMs: shortestTokenMs }));
    }
    if (kind === "Namespace" && subresource === "finalize" && verb === "update") {
      return jsonResponse(200, finalizeNamespace(call));
    }
    return undefined;
  }

  #callFor(request: SimRequest, { query }: RequestInfo, asked: Pick<Asked, "user" | "resource">): Call | undefined {
    const { user, resource: info } = asked;
    const resource = this.#core.registry.find(info.group, info.version, info.plural);
    if (resource === undefined || (info.namespace !== "" && !resource.namespaced && info.plural !== "namespaces")) {
      return undefined;
    }
    const { headers, body = "" } = request;
    if (Buffer.byteLength(body) > MOST_BODY_BYTES) {
      throw requestTooLarge(MOST_BODY_BYTES);
    }
    return { core: this.#core, user, resource, info, query, headers, body, warnings: [] };
  }
}

type Asked = {
  readonly request: SimRequest;
  readonly user: User;
  readonly info: RequestInfo;
  readonly resource: ResourceInfo;
};

function accountExists(storage: Storage, { namespace, name, uid }: BoundTo): boolean {
  return storage.collection("serviceaccounts").get(`${namespace}/${name}`)?.metadata.uid === uid;
}

function internalError(error: unknown): ApiError {
  const message = `Internal error occurred: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  return new ApiError({ code: 500, reason: "InternalError", message });
}
