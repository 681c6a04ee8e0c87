import { hash } from "node:crypto";
import type { Socket } from "node:net";
import { type Clock, systemClock } from "./clock.ts";
import { Connector, type Protocol } from "./connector.ts";
import type { Credential } from "./credentials.ts";
import { abortable } from "./deadline.ts";
import { Http1Connections } from "./http1-connections.ts";
import { Http2Connection, NotProcessedError, type WireRequest } from "./http2-connection.ts";
import type { ClusterConfig } from "./kubeconfig.ts";
import type { ClusterAddress } from "./kubeconfig-entries.ts";
import { proxyFromEnvironment } from "./proxy-environment.ts";
import { type HttpRequest, type HttpTransport, readStart, type TransportResponse } from "./transport.ts";
import { loginTo } from "./tunnel.ts";

/** How connections to an API server are made. */
export type ConnectionOptions = {
  /** For one connection, including its TLS handshake; default 10 s. */
  readonly connectTimeoutMs?: number;
  /**
   * Names the proxy (`HTTPS_PROXY` and so on) of a server whose kubeconfig names none; no proxy when absent. As for Go's
   * clients of Kubernetes, a `DISABLE_HTTP2` that is not empty means HTTP/1.1.
   */
  readonly env?: NodeJS.ProcessEnv;
  readonly clock?: Clock;
};

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** A refusal is read up to this size in order to keep its connection. */
const MAX_DISCARDED_BYTES = 64 * 1024;
/** Shorter than the idle time of API servers (90 s and more), so that no request meets their end of the connection. */
const LONGEST_IDLE_MS = 60_000;
/** A server that does not act on a request so many times is not reachable. */
const MAX_ATTEMPTS = 4;

/**
 * Returns a function that makes transports as `createTransport` does. Those to one server have the same connections, as
 * long as they verify it alike and show it the same client certificate: as with Go's clients, a token is a header, which
 * each request has for itself.
 */
export function sharedConnections(options: ConnectionOptions = {}): (config: ClusterConfig) => HttpTransport {
  const pool = new ConnectionPool(options);
  return (config) => transportOf(config, pool, options);
}

/**
 * Sends requests over HTTP/2, many at a time over one connection, or over HTTP/1.1 where the server, or a proxy that ends
 * TLS, speaks nothing else. Connections are kept.
 *
 * After a 401, reads the credentials again, and repeats the request once if they have changed.
 */
export function createTransport(config: ClusterConfig, options: ConnectionOptions = {}): HttpTransport {
  return transportOf(config, new ConnectionPool(options), options);
}

function transportOf(config: ClusterConfig, pool: ConnectionPool, { env = {} }: ConnectionOptions): HttpTransport {
  const basePath = new URL(config.server).pathname.replace(/\/+$/, "");
  const proxyURL = config.proxyURL ?? proxyFromEnvironment(config.server, env);
  const connections = new Connections({ ...config, ...(proxyURL !== undefined && { proxyURL }) }, pool);

  const send = (request: HttpRequest, credential: Credential): Promise<TransportResponse> => {
    const headers = { ...request.headers, ...credential.headers };
    return connections.send(credential, { ...request, path: basePath + request.path, headers });
  };

  const transport = async (request: HttpRequest): Promise<TransportResponse> => {
    const { signal } = request;
    signal.throwIfAborted();
    const credential = await config.credentials({ signal });
    const response = await send(request, credential);
    if (response.status !== 401) {
      return response;
    }
    const renewed = await config.credentials({ signal, rejected: credential });
    if (renewed === credential) {
      return response;
    }
    await readStart(response.body, MAX_DISCARDED_BYTES);
    return send(request, renewed);
  };
  return Object.assign(transport, { close: () => connections.close() });
}

/** Connections that somebody uses. */
type Lease = {
  readonly connections: AuthenticatedConnections;
  /** Ends the use. Resolves when the running requests have ended, unless others use the connections: those may go on. */
  readonly end: () => Promise<void>;
};

/** The connections of several transports: those that are alike are opened once. Nothing is kept that nobody uses. */
class ConnectionPool {
  readonly #options: ConnectionOptions;
  readonly #open = new Map<string, { readonly connections: AuthenticatedConnections; users: number }>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  lease(address: ClusterAddress, clientCertificate: Credential["clientCertificate"]): Lease {
    const key = keyOf(address, clientCertificate);
    const found = this.#open.get(key);
    const used = found ?? {
      connections: new AuthenticatedConnections(address, clientCertificate, this.#options),
      users: 0,
    };
    used.users += 1;
    this.#open.set(key, used);
    const end = async (): Promise<void> => {
      used.users -= 1;
      if (used.users === 0) {
        this.#open.delete(key);
        await used.connections.close();
      }
    };
    return { connections: used.connections, end };
  }
}

/** The same for the same server, way to it, authorities and client certificate. Holds no secret. */
function keyOf(address: ClusterAddress, clientCertificate: Credential["clientCertificate"]): string {
  const { server, ca, insecureSkipTlsVerify, tlsServerName, proxyURL } = address;
  const { cert, key } = clientCertificate ?? {};
  const { origin } = new URL(server);
  return hash("sha256", JSON.stringify([origin, ca, insecureSkipTlsVerify, tlsServerName, proxyURL, cert, key]));
}

/** The connections to one API server: another client certificate means new ones. The old ones end with their requests. */
class Connections {
  readonly #address: ClusterAddress;
  readonly #pool: ConnectionPool;
  #current: Lease | undefined;
  #certificate: Credential["clientCertificate"];
  #closing: Promise<void> | undefined;

  constructor(address: ClusterAddress, pool: ConnectionPool) {
    this.#address = address;
    this.#pool = pool;
  }

  /** Sends a request over a connection that has the client certificate of `credential`. */
  async send(credential: Credential, request: WireRequest): Promise<TransportResponse> {
    if (this.#closing !== undefined) {
      throw new Error("the transport is closed");
    }
    return this.#of(credential).send(request);
  }

  /** Accepts no more requests, and resolves when the running ones have ended, as far as nobody else has the connections. */
  close(): Promise<void> {
    this.#closing ??= this.#current?.end() ?? Promise.resolve();
    return this.#closing;
  }

  #of({ clientCertificate }: Credential): AuthenticatedConnections {
    const isSame =
      clientCertificate?.cert === this.#certificate?.cert && clientCertificate?.key === this.#certificate?.key;
    if (this.#current === undefined || !isSame) {
      // Nobody uses the old ones any more, so nobody needs to know how they end.
      this.#current?.end().catch(() => {});
      this.#certificate = clientCertificate;
      this.#current = this.#pool.lease(this.#address, clientCertificate);
    }
    return this.#current.connections;
  }
}

/** Connections with one client certificate, or without one. */
class AuthenticatedConnections {
  readonly #connector: Connector;
  readonly #clock: Clock;
  readonly #origin: string;
  readonly #forwarding: Readonly<Record<string, string>> | undefined;
  #offered: readonly Protocol[];
  #http1: Http1Connections | undefined;
  #http2: Http2Connection[] = [];
  /** Opened to learn the protocol; the first request over HTTP/1.1 takes it. */
  #unused: Socket | undefined;
  #opening: Promise<void> | undefined;
  /** Requests that have no answer yet. */
  #pending = 0;
  #quiet: PromiseWithResolvers<void> | undefined;

  constructor(address: ClusterAddress, clientCertificate: Credential["clientCertificate"], options: ConnectionOptions) {
    const { connectTimeoutMs: timeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, clock = systemClock, env = {} } = options;
    this.#clock = clock;
    this.#origin = new URL(address.server).origin;
    this.#connector = new Connector({ address, clientCertificate, timeoutMs, clock });
    this.#offered = (env["DISABLE_HTTP2"] ?? "") === "" ? ["h2", "http/1.1"] : ["http/1.1"];
    if (!this.#connector.isSecure) {
      this.#http1 = new Http1Connections(() => this.#connector.open([]));
    }
    this.#forwarding =
      this.#connector.isForwarded && address.proxyURL !== undefined ? loginTo(new URL(address.proxyURL)) : undefined;
  }

  async send(request: WireRequest): Promise<TransportResponse> {
    this.#pending += 1;
    try {
      return await this.#sendPatiently(request);
    } finally {
      this.#pending -= 1;
      if (this.#pending === 0) {
        this.#quiet?.resolve();
      }
    }
  }

  /** Resolves when the running requests have ended. No request may be sent any more. */
  async close(): Promise<void> {
    while (this.#opening !== undefined || this.#pending > 0) {
      await this.#opening?.catch(() => {});
      await this.#quietness();
    }
    this.#unused?.destroy();
    await Promise.all([this.#http1?.close(), ...this.#http2.map((connection) => connection.close())]);
  }

  async #quietness(): Promise<void> {
    if (this.#pending > 0) {
      this.#quiet = Promise.withResolvers();
      await this.#quiet.promise;
    }
  }

  async #sendPatiently(request: WireRequest): Promise<TransportResponse> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#sendOnce(request);
      } catch (error) {
        if (!(error instanceof NotProcessedError) || attempt >= MAX_ATTEMPTS) {
          throw error;
        }
      }
    }
  }

  async #sendOnce(request: WireRequest): Promise<TransportResponse> {
    for (;;) {
      request.signal.throwIfAborted();
      const connection = this.#http1 ?? this.#free();
      if (connection !== undefined) {
        return connection.send(this.#http1 === undefined ? request : this.#forwarded(request));
      }
      this.#opening ??= this.#open().finally(() => {
        this.#opening = undefined;
      });
      await abortable(this.#opening, request.signal);
    }
  }

  #free(): Http2Connection | undefined {
    for (const connection of this.#http2) {
      if (connection.idleMs > LONGEST_IDLE_MS) {
        connection.retire();
      }
    }
    this.#http2 = this.#http2.filter(({ isOver }) => !isOver);
    return this.#http2.find(({ hasRoom }) => hasRoom);
  }

  async #open(): Promise<void> {
    const socket = await this.#connector.open(this.#offered);
    if ("alpnProtocol" in socket && socket.alpnProtocol === "h2") {
      const peer = { origin: this.#origin, clock: this.#clock };
      this.#http2.push(await this.#connector.within((signal) => Http2Connection.open(socket, { ...peer, signal })));
      return;
    }
    this.#speakHTTP1(socket);
  }

  #speakHTTP1(first: Socket): void {
    // Whoever has asked for it may be gone, and nobody else would hear that it breaks.
    first.on("error", () => {});
    this.#unused = first;
    this.#offered = ["http/1.1"];
    this.#http1 = new Http1Connections(async () => {
      const socket = this.#unused;
      this.#unused = undefined;
      return socket === undefined || socket.destroyed ? this.#connector.open(this.#offered) : socket;
    });
  }

  #forwarded(request: WireRequest): WireRequest {
    return this.#forwarding === undefined
      ? request
      : { ...request, path: this.#origin + request.path, headers: { ...request.headers, ...this.#forwarding } };
  }
}
