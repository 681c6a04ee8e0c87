import { X509Certificate } from "node:crypto";
import { lookup } from "node:dns";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { type PeerCertificate, rootCertificates } from "node:tls";
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent, Socks5ProxyAgent } from "undici";
import { type ClusterAddress, readCertificates } from "./kubeconfig-entries.ts";
import type { Credential } from "./credentials.ts";
import type { ClusterConfig } from "./kubeconfig.ts";
import { proxyFromEnvironment } from "./proxy-environment.ts";
import type { HttpRequest, HttpTransport, TransportResponse } from "./transport.ts";

/** How connections to an API server are made. */
export type ConnectionOptions = {
  /** For one connection, including its TLS handshake; default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Names the proxy (`HTTPS_PROXY` and so on) of a server whose kubeconfig names none; no proxy when absent. */
  readonly env?: NodeJS.ProcessEnv;
};

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/**
 * Sends requests over HTTP connections that are kept alive.
 *
 * After a 401, reads the credentials again, and repeats the request once if they have changed.
 */
export function createTransport(config: ClusterConfig, options: ConnectionOptions = {}): HttpTransport {
  const server = new URL(config.server);
  const basePath = server.pathname.replace(/\/+$/, "");
  const { env = {}, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  const proxyURL = config.proxyURL ?? proxyFromEnvironment(config.server, env);
  const address = { ...config, ...(proxyURL === undefined ? {} : { proxyURL }) };
  const connections = new Connections(address, connectTimeoutMs);

  const send = (request: HttpRequest, credential: Credential): Promise<Dispatcher.ResponseData> =>
    connections.request(credential, {
      origin: server.origin,
      path: basePath + request.path,
      method: request.method,
      headers: { ...request.headers, ...copyOf(credential.headers) },
      body: request.body ?? null,
      signal: request.signal,
    });

  const transport = async (request: HttpRequest): Promise<TransportResponse> => {
    const { signal } = request;
    const credential = await config.credentials({ signal });
    const response = await send(request, credential);
    if (response.statusCode !== 401) {
      return toTransportResponse(response);
    }
    const renewed = await config.credentials({ signal, rejected: credential });
    if (renewed === credential) {
      return toTransportResponse(response);
    }
    await response.body.dump();
    return toTransportResponse(await send(request, renewed));
  };
  return Object.assign(transport, { close: () => connections.close() });
}

function copyOf(headers: Credential["headers"]): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
}

function toTransportResponse(response: Dispatcher.ResponseData): TransportResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) {
      headers[name] = typeof value === "string" ? value : value.join(", ");
    }
  }
  return { status: response.statusCode, headers, body: response.body };
}

type TlsOptions = {
  readonly lookup: LookupFunction;
  readonly rejectUnauthorized: boolean;
  readonly allowH2: boolean;
  readonly allowPartialTrustChain: boolean;
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
  readonly ca: string | undefined;
  readonly servername: string | undefined;
  readonly cert?: string;
  readonly key?: string;
};

/** Shorter than the idle time of API servers (90 s and more), so that this side closes idle connections first. */
const KEEP_ALIVE_MS = 60_000;

/** One for all connections of the process: its threads for lookups are shared too. */
const lookupName = sharedLookup(lookup);

/**
 * The connections to one API server.
 *
 * Another client certificate, or another order of certificate authorities, means new connections. The old ones end with
 * their last request.
 */
class Connections {
  readonly #address: ClusterAddress;
  readonly #connectTimeoutMs: number;
  readonly #orders: readonly string[];
  #turn = 0;
  #certificate: Credential["clientCertificate"];
  #dispatcher: Dispatcher;
  #closing: Promise<void> | undefined;

  constructor(address: ClusterAddress, connectTimeoutMs: number) {
    this.#address = address;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#orders = address.ca === undefined ? [] : authorityOrders(address.ca);
    this.#dispatcher = this.#create();
  }

  /** Sends a request over a connection that has the client certificate of `credential`. */
  async request(credential: Credential, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    for (let attempt = 1; ; attempt += 1) {
      const dispatcher = this.#of(credential);
      try {
        return await dispatcher.request(options);
      } catch (error) {
        // The handshake failed, so nothing was sent: the request may be repeated.
        if (!isWrongAuthority(error) || attempt >= this.#orders.length) {
          throw error;
        }
        if (dispatcher === this.#dispatcher) {
          this.#turn += 1;
          this.#replace();
        }
      }
    }
  }

  /** Accepts no more requests, and resolves when the running ones have ended. */
  close(): Promise<void> {
    this.#closing ??= this.#dispatcher.close();
    return this.#closing;
  }

  #of({ clientCertificate }: Credential): Dispatcher {
    if (clientCertificate?.cert !== this.#certificate?.cert || clientCertificate?.key !== this.#certificate?.key) {
      this.#certificate = clientCertificate;
      this.#replace();
    }
    return this.#dispatcher;
  }

  #replace(): void {
    // Nobody uses the old dispatcher any more, so nobody needs to know how it ends.
    this.#dispatcher.close().catch(() => {});
    this.#dispatcher = this.#create();
  }

  #create(): Dispatcher {
    const { proxyURL } = this.#address;
    const tls = this.#tlsOptions();
    const timeout = this.#connectTimeoutMs;
    const options = {
      // KubeClient has timeouts of its own, on its clock; those of undici would cut silent watches.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectTimeout: timeout,
    };
    if (proxyURL === undefined) {
      return new Agent({ ...options, allowH2: false, connect: tls });
    }
    return proxyURL.startsWith("socks5:")
      ? new Agent({ ...options, allowH2: false, connect: socksConnector(proxyURL, { ...tls, timeout }) })
      : this.#proxyAgent(proxyURL, { ...options, requestTls: tls });
  }

  #tlsOptions(): TlsOptions {
    const { insecureSkipTlsVerify, tlsServerName } = this.#address;
    const host = tlsServerName ?? new URL(this.#address.server).hostname;
    // Node refuses an IP address as server name, and TLS has no server name for one.
    const servername = tlsServerName === undefined || isIP(tlsServerName) !== 0 ? undefined : tlsServerName;
    return {
      lookup: lookupName,
      rejectUnauthorized: !insecureSkipTlsVerify,
      // With HTTP/1.1 each watch has its own connection, and a broken connection ends one watch only.
      allowH2: false,
      // Like Go, trusts an intermediate authority, or the server's own certificate, without its root.
      allowPartialTrustChain: true,
      checkServerIdentity: (_host, { raw }) => identityProblem(host, raw),
      ca: this.#authorities(),
      servername,
      ...this.#certificate,
    };
  }

  #proxyAgent(uri: string, options: Omit<ProxyAgent.Options, "uri">): ProxyAgent {
    const ca = this.#authorities();
    const { hostname } = new URL(uri);
    const connect = buildConnector({
      lookup: lookupName,
      timeout: this.#connectTimeoutMs,
      allowH2: false,
      rejectUnauthorized: !this.#address.insecureSkipTlsVerify,
      allowPartialTrustChain: true,
      checkServerIdentity: (_host, { raw }) => identityProblem(hostname, raw),
      // Like Go, verifies a proxy that speaks TLS by the authorities of the kubeconfig too.
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    });
    return new ProxyAgent({
      ...options,
      uri,
      // By itself undici sends the proxy's host as server name, which Node refuses for an IP address, and waits minutes
      // for the answer of the proxy.
      clientFactory: (origin) =>
        new Pool(origin, {
          headersTimeout: this.#connectTimeoutMs,
          connect: ({ servername: _unwanted, ...target }, done) => connect(target, done),
        }),
    });
  }

  #authorities(): string | undefined {
    return this.#orders[this.#turn % this.#orders.length];
  }
}

function isWrongAuthority(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "CERT_SIGNATURE_FAILURE";
}

/** Only the tunnel of undici's agent is used, which its types leave out: the agent itself needs a host name for TLS. */
class SocksTunnel extends Socks5ProxyAgent {
  declare readonly createSocks5Connection: (host: string, port: number) => Promise<Socket>;
}

/** Connects through a SOCKS5 proxy, with TLS for an `https` server. */
function socksConnector(
  proxyURL: string,
  tls: buildConnector.BuildOptions & { readonly timeout: number },
): buildConnector.connector {
  const tunnel = new SocksTunnel(proxyURL, { connectTimeout: tls.timeout });
  const upgrade = buildConnector(tls);
  const open = async (target: buildConnector.Options, callback: buildConnector.Callback): Promise<void> => {
    const isSecure = target.protocol === "https:";
    const host = target.hostname.replace(/^\[(.*)\]$/, "$1");
    try {
      const socket = await tunnel.createSocks5Connection(host, Number(target.port) || (isSecure ? 443 : 80));
      if (isSecure) {
        upgrade({ ...target, httpSocket: socket }, callback);
      } else {
        callback(null, socket);
      }
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)), null);
    }
  };
  return (target, callback) => void open(target, callback);
}

/**
 * Makes a lookup of host names that runs once at a time for each name, and answers all callers that wait for the name.
 *
 * A lookup cannot be cancelled: it occupies a thread until the resolver gives up, long after its caller has. Repeated
 * attempts on a zone that does not answer would otherwise occupy every thread of the process.
 */
export function sharedLookup(resolve: LookupFunction): LookupFunction {
  const waiting = new Map<string, Parameters<LookupFunction>[2][]>();
  return (name, options, done) => {
    const key = JSON.stringify([name, options]);
    const others = waiting.get(key);
    if (others !== undefined) {
      others.push(done);
      return;
    }
    const all = [done];
    waiting.set(key, all);
    resolve(name, options, (...answer) => {
      waiting.delete(key);
      all.forEach((each) => each(...answer));
    });
  };
}

/**
 * The orders of a bundle of authorities in which each certificate is first among those of its subject once.
 *
 * Go tries every authority with the name of the issuer. OpenSSL, where certificates have no key identifiers, tries the
 * first one only: with a bundle of an old and a new authority of one name, it needs both orders.
 */
function authorityOrders(bundle: string): readonly string[] {
  const groups = [...Map.groupBy(readCertificates(bundle), ({ subject }) => subject).values()];
  const longest = Math.max(...groups.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) =>
    groups
      .flatMap((group) => {
        const first = turn % group.length;
        return [...group.slice(first), ...group.slice(0, first)];
      })
      .join(""),
  );
}

const LITERALLY = { subject: "never", wildcards: false } as const;

/**
 * Why a server's certificate is not for the host, by Go's rules.
 *
 * Node's rules differ: they accept the common name of a certificate without names, let `*` stand for a part of a label,
 * and refuse `*.local`.
 */
function identityProblem(host: string, certificate: Uint8Array): Error | undefined {
  const presented = new X509Certificate(certificate);
  const name = host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const isRight =
    isIP(name) === 0
      ? [name, name.replace(/^[^.]+/, "*")].some((form) => presented.checkHost(form, LITERALLY) !== undefined)
      : presented.checkIP(name) !== undefined;
  if (isRight) {
    return undefined;
  }
  const names = presented.subjectAltName ?? "none";
  return Object.assign(new Error(`the certificate of the server is not for ${name}, but for: ${names}`), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
}
