import { connect as connectSocket, isIP, type Socket } from "node:net";
import {
  connect as connectTLS,
  createSecureContext,
  rootCertificates,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import type { Clock } from "./clock.ts";
import type { Credential } from "./credentials.ts";
import { DeadlineError, withDeadline } from "./deadline.ts";
import type { ClusterAddress } from "./kubeconfig-entries.ts";
import { lookupName } from "./lookup.ts";
import { authorityOrders, identityProblem } from "./server-identity.ts";
import { type HostAndPort, tunnelThroughHTTP, tunnelThroughSOCKS } from "./tunnel.ts";

/** What is used over a connection to a server with TLS, the preferred one first. */
export type Protocol = "h2" | "http/1.1";

/** How connections to one server are opened. */
export type ConnectorOptions = {
  readonly address: ClusterAddress;
  readonly clientCertificate: Credential["clientCertificate"];
  /** For one connection, including its TLS handshake. */
  readonly timeoutMs: number;
  readonly clock: Clock;
};

/** No connection was made within the time that it was given, so nothing was sent. */
class ConnectTimeoutError extends Error {
  override readonly name = "ConnectTimeoutError";
  readonly code = "CONNECT_TIMEOUT";
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "https:": 443, "http:": 80, "socks5:": 1080 };
/** As Go, so that a firewall keeps a connection without traffic. */
const TCP_KEEP_ALIVE_MS = 30_000;

/** Opens connections to a server, directly or through a proxy, with TLS where the server has it. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #server: URL;
  readonly #proxy: URL | undefined;
  readonly #orders: readonly (string | undefined)[];
  readonly #contexts = new Map<string | undefined, SecureContext>();
  #turn = 0;

  constructor(options: ConnectorOptions) {
    const { server, proxyURL, ca } = options.address;
    this.#options = options;
    this.#server = new URL(server);
    this.#proxy = proxyURL === undefined ? undefined : new URL(proxyURL);
    this.#orders = ca === undefined ? [undefined] : authorityOrders(ca);
  }

  /** Whether the server speaks TLS. Without it there is no agreement on HTTP/2. */
  get isSecure(): boolean {
    return this.#server.protocol === "https:";
  }

  /** Whether requests for a server without TLS are handed to a proxy, which expects whole URLs. */
  get isForwarded(): boolean {
    return !this.isSecure && this.#proxy !== undefined && this.#proxy.protocol !== "socks5:";
  }

  /** Opens a connection over which one of the protocols is spoken. */
  async open(protocols: readonly Protocol[]): Promise<Socket | TLSSocket> {
    for (let attempt = 1; ; attempt += 1) {
      const order = this.#turn;
      try {
        return await this.within((signal) => this.#open(protocols, signal));
      } catch (error) {
        if (!isWrongAuthority(error) || attempt >= this.#orders.length) {
          throw error;
        }
        // Connections that were opened at the same time have found the same.
        this.#turn = Math.max(this.#turn, order + 1);
      }
    }
  }

  /** Does a part of opening a connection in the time that there is for one. */
  async within<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const { timeoutMs, clock } = this.#options;
    const { signal } = new AbortController();
    try {
      return await withDeadline({ clock, timeoutMs, signal }, work);
    } catch (error) {
      throw error instanceof DeadlineError
        ? new ConnectTimeoutError(`no connection to ${this.#server.host} within ${timeoutMs} ms`, { cause: error })
        : error;
    }
  }

  async #open(protocols: readonly Protocol[], signal: AbortSignal): Promise<Socket> {
    const socket = await this.#reach(addressOf(this.#server), signal);
    if (!this.isSecure) {
      return socket;
    }
    const { insecureSkipTlsVerify, tlsServerName } = this.#options.address;
    const host = tlsServerName ?? this.#server.hostname;
    return secured(socket, {
      signal,
      host,
      protocols,
      context: this.#context(this.#orders[this.#turn % this.#orders.length]),
      isVerified: !insecureSkipTlsVerify,
    });
  }

  /** Opens a connection to the server as far as TLS. */
  async #reach(server: HostAndPort, signal: AbortSignal): Promise<Socket> {
    const proxy = this.#proxy;
    if (proxy === undefined) {
      return connected(server, signal);
    }
    const socket = await connected(addressOf(proxy), signal);
    if (proxy.protocol === "socks5:") {
      return tunnelThroughSOCKS(socket, { proxy, server, signal });
    }
    const through = proxy.protocol === "https:" ? await this.#secureProxy(proxy, socket, signal) : socket;
    return this.isForwarded ? through : tunnelThroughHTTP(through, { proxy, server, signal });
  }

  #secureProxy(proxy: URL, socket: Socket, signal: AbortSignal): Promise<Socket> {
    const { ca, insecureSkipTlsVerify } = this.#options.address;
    // Like Go, verifies a proxy that speaks TLS by the authorities of the kubeconfig too.
    const context = createSecureContext({
      allowPartialTrustChain: true,
      ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
    });
    const isVerified = !insecureSkipTlsVerify;
    return secured(socket, { signal, host: proxy.hostname, protocols: ["http/1.1"], context, isVerified });
  }

  #context(ca: string | undefined): SecureContext {
    const known = this.#contexts.get(ca);
    if (known !== undefined) {
      return known;
    }
    const context = createSecureContext({
      // Like Go, trusts an intermediate authority, or the server's own certificate, without its root.
      allowPartialTrustChain: true,
      ...(ca !== undefined && { ca }),
      ...this.#options.clientCertificate,
    });
    this.#contexts.set(ca, context);
    return context;
  }
}

function isWrongAuthority(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "CERT_SIGNATURE_FAILURE";
}

function addressOf({ hostname, port, protocol }: URL): HostAndPort {
  return {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port),
  };
}

function connected({ host, port }: HostAndPort, signal: AbortSignal): Promise<Socket> {
  const socket = connectSocket({
    host,
    port,
    lookup: lookupName,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
  });
  return whenReady(socket, "connect", signal);
}

type TLSOptions = {
  readonly signal: AbortSignal;
  /** Whom the certificate has to name. */
  readonly host: string;
  readonly protocols: readonly Protocol[];
  readonly context: SecureContext;
  readonly isVerified: boolean;
};

function secured(socket: Socket, { signal, host, protocols, context, isVerified }: TLSOptions): Promise<TLSSocket> {
  const name = host.replace(/^\[(.*)\]$/, "$1");
  const secure = connectTLS({
    socket,
    secureContext: context,
    rejectUnauthorized: isVerified,
    ALPNProtocols: [...protocols],
    checkServerIdentity: (_host, { raw }) => identityProblem(host, raw),
    // Node refuses an IP address as server name, and TLS has no server name for one.
    ...(isIP(name) === 0 && { servername: name }),
  });
  return whenReady(secure, "secureConnect", signal);
}

/** Resolves with the socket at the event. Until then, an error, the end or the signal destroys it and rejects. */
function whenReady<S extends Socket>(socket: S, event: "connect" | "secureConnect", signal: AbortSignal): Promise<S> {
  const { promise, resolve, reject } = Promise.withResolvers<S>();
  const abort = (): void => void socket.destroy();
  const fail = (error: Error): void => reject(error);
  const end = (): void => reject(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
  socket.once("error", fail).once("close", end);
  socket.once(event, () => {
    socket.off("error", fail).off("close", end);
    signal.removeEventListener("abort", abort);
    resolve(socket);
  });
  signal.addEventListener("abort", abort, { once: true });
  return promise;
}
