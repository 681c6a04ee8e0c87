import { BlockList, isIP } from "node:net";

import { isRecord, parseJson } from "../kube/json.ts";
import { type HttpRequest, type HttpTransport, readStart, type TransportResponse } from "../kube/transport.ts";
import type { RegistryLogin } from "./registry-login.ts";

/** A manifest in a registry. */
export type ManifestRef = {
  /** Name of the registry, with its port. */
  readonly host: string;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
};

/** How a registry is asked. */
export type RegistryAccess = {
  readonly login?: RegistryLogin | undefined;
  /** Connects to the registry, or to the server that gives out its tokens. */
  readonly connect: (origin: string) => HttpTransport;
  readonly userAgent: string;
  readonly signal: AbortSignal;
};

/** A registry that does not answer, refuses the login, or has no such manifest. The message has its words. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly why: "unreachable" | "refused" | "missing" | "unexpected";

  constructor(why: RegistryError["why"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.why = why;
  }
}

/** What was asked of one registry, and may be asked with it again. */
type Session = { readonly origin: string; readonly headers: Readonly<Record<string, string>> };

const MANIFESTS = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");
const MAX_ANSWER_BYTES = 64 * 1024;
const LONGEST_WORDS = 300;

/**
 * Asks a registry for manifests of one repository, in the way of the source-controller: logs in, and reads no more than
 * the headers. Returns whether each reference exists: its digest, or the error.
 *
 * Throws a RegistryError when the registry does not answer or refuses the login.
 */
export async function findManifests(
  { host, repository }: Omit<ManifestRef, "reference">,
  references: readonly string[],
  access: RegistryAccess,
): Promise<readonly (string | RegistryError)[]> {
  const session = await logIn(host, repository, access);
  return Promise.all(
    references.map(async (reference) => {
      try {
        return await headManifest({ host, repository, reference }, session, access);
      } catch (error) {
        if (error instanceof RegistryError) {
          return error;
        }
        throw error;
      }
    }),
  );
}

/** Asks a registry for one tag of a repository. Throws a RegistryError as `findManifests` does. */
export async function findAnyTag(
  { host, repository }: Omit<ManifestRef, "reference">,
  access: RegistryAccess,
): Promise<string | undefined> {
  const session = await logIn(host, repository, access);
  const answer = await send(access, session, { path: `/v2/${repository}/tags/list?n=1`, method: "GET" });
  const { value } = accept(answer, `GET ${session.origin}/v2/${repository}/tags/list`);
  const tags = isRecord(value) && Array.isArray(value["tags"]) ? value["tags"] : [];
  return tags.find((tag) => typeof tag === "string");
}

async function headManifest(
  { repository, reference }: ManifestRef,
  session: Session,
  access: RegistryAccess,
): Promise<string> {
  const path = `/v2/${repository}/manifests/${reference}`;
  const headers = { accept: MANIFESTS };
  const answer = await send(access, session, { path, method: "HEAD", headers });
  if (answer.status === 200) {
    return answer.headers["docker-content-digest"] ?? "";
  }
  // The answer to a HEAD has no words.
  const told = await send(access, session, { path, method: "GET", headers });
  accept(told, `GET ${session.origin}${path}`);
  return told.headers["docker-content-digest"] ?? "";
}

async function logIn(host: string, repository: string, access: RegistryAccess): Promise<Session> {
  const { origin, answer } = await ping(host, access);
  if (answer.status !== 401 && answer.status !== 403) {
    accept(answer, `GET ${origin}/v2/`);
    return { origin, headers: {} };
  }
  const challenge = parseChallenge(answer.headers["www-authenticate"] ?? "");
  const { login = {} } = access;
  switch (challenge?.scheme) {
    case "basic":
      return { origin, headers: basic(login) };
    case "bearer": {
      const token = login.registryToken ?? (await fetchToken(challenge.parameters, repository, access));
      return { origin, headers: { authorization: `Bearer ${token}` } };
    }
    case undefined:
    default:
      throw new RegistryError(
        "unexpected",
        `GET ${origin}/v2/: ${answer.status} without a challenge of the scheme Basic or Bearer`,
      );
  }
}

type Answer = {
  readonly status: number;
  readonly headers: TransportResponse["headers"];
  /** JSON; undefined for anything else. */
  readonly value: unknown;
};

async function ping(host: string, access: RegistryAccess): Promise<{ origin: string; answer: Answer }> {
  let first: unknown;
  for (const scheme of schemesOf(host)) {
    const origin = `${scheme}://${host}`;
    try {
      return { origin, answer: await send(access, { origin, headers: {} }, { path: "/v2/", method: "GET" }) };
    } catch (error) {
      access.signal.throwIfAborted();
      first ??= error;
    }
  }
  throw first;
}

const PRIVATE = new BlockList();
[
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["127.0.0.0", 8],
].forEach(([network, prefix]) => PRIVATE.addSubnet(String(network), Number(prefix)));

/** The source-controller tries plain HTTP for registries of this machine and of private networks. */
function schemesOf(host: string): readonly string[] {
  const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const isNear =
    name === "localhost" || name === "::1" || name.endsWith(".local") || (isIP(name) === 4 && PRIVATE.check(name));
  return isNear ? ["https", "http"] : ["https"];
}

type Challenge = { readonly scheme: string; readonly parameters: Readonly<Record<string, string>> };

/** Reads the header `WWW-Authenticate`. Pure. */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme, rest = ""] = /^\s*([\w-]+)\s*(.*)$/.exec(header) ?? [];
  const parameters = Array.from(rest.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g), (match) => {
    const [, name = "", quoted, plain = ""] = match;
    return [name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? plain] as const;
  });
  return scheme === undefined
    ? undefined
    : { scheme: scheme.toLowerCase(), parameters: Object.fromEntries(parameters) };
}

async function fetchToken(
  parameters: Challenge["parameters"],
  repository: string,
  access: RegistryAccess,
): Promise<string> {
  const realm = URL.parse(parameters["realm"] ?? "");
  if (realm === null || !/^https?:$/.test(realm.protocol)) {
    throw new RegistryError("unexpected", "the challenge of the registry has no realm that is a URL");
  }
  const { login = {} } = access;
  const { service = "" } = parameters;
  const scope = `repository:${repository}:pull`;
  const session = { origin: realm.origin, headers: login.identityToken === undefined ? basic(login) : {} };
  const request = tokenRequest(realm, { service, scope, refresh: login.identityToken });
  const answer = await send(access, session, request);
  const { value } = accept(answer, `${request.method} ${realm.origin}${realm.pathname}`);
  const token = isRecord(value) ? (value["token"] ?? value["access_token"]) : undefined;
  if (typeof token !== "string") {
    throw new RegistryError("unexpected", `${request.method} ${realm.origin}${realm.pathname}: no token in the answer`);
  }
  return token;
}

type Asked = Pick<HttpRequest, "path" | "method"> & Partial<Pick<HttpRequest, "headers" | "body">>;

function tokenRequest(
  realm: URL,
  {
    service,
    scope,
    refresh,
  }: { readonly service: string; readonly scope: string; readonly refresh?: string | undefined },
): Asked {
  if (refresh === undefined) {
    const query = new URLSearchParams(realm.search);
    query.set("service", service);
    query.set("scope", scope);
    return { method: "GET", path: `${realm.pathname}?${query.toString()}` };
  }
  const form = { grant_type: "refresh_token", service, scope, refresh_token: refresh, client_id: "flux" };
  return {
    method: "POST",
    path: `${realm.pathname}${realm.search}`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  };
}

function basic({ username, password }: RegistryLogin): Readonly<Record<string, string>> {
  return username === undefined && password === undefined
    ? {}
    : { authorization: `Basic ${Buffer.from(`${username ?? ""}:${password ?? ""}`).toString("base64")}` };
}

async function send(access: RegistryAccess, { origin, headers }: Session, asked: Asked): Promise<Answer> {
  const transport = access.connect(origin);
  const { path, method, body } = asked;
  const request: HttpRequest = {
    method,
    path,
    headers: { "user-agent": access.userAgent, ...headers, ...asked.headers },
    ...(body !== undefined && { body }),
    signal: access.signal,
  };
  try {
    const response = await transport(request);
    const { text } = await readStart(response.body, MAX_ANSWER_BYTES);
    return { status: response.status, headers: response.headers, value: jsonIn(text) };
  } catch (error) {
    access.signal.throwIfAborted();
    const where = `${method} ${origin}${path.replace(/\?.*/, "")}`;
    throw new RegistryError("unreachable", `${where}: ${messageOf(error)}`, { cause: error });
  } finally {
    void transport.close().catch(() => {});
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // A connection that failed on several addresses is an AggregateError with a code and without a message.
  return error.message || ("code" in error ? String(error.code) : error.name);
}

function jsonIn(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Returns an answer that is a success, and throws for all others. */
function accept(answer: Answer, request: string): Answer {
  const { status, value } = answer;
  if (status === 200) {
    return answer;
  }
  const why = status === 401 || status === 403 ? "refused" : status === 404 ? "missing" : "unexpected";
  throw new RegistryError(why, `${request}: ${status}${wordsIn(value)}`);
}

function wordsIn(value: unknown): string {
  const errors: readonly unknown[] = isRecord(value) && Array.isArray(value["errors"]) ? value["errors"] : [];
  const words = errors.filter(isRecord).map(({ code, message }) => [code, message].filter(isText).join(": "));
  return words.length === 0 ? "" : ` ${words.join("; ").slice(0, LONGEST_WORDS)}`;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
