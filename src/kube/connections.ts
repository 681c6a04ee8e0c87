import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from "undici";
import type { Credential } from "./credentials.ts";
import type { ClusterConfig } from "./kubeconfig.ts";

type TlsOptions = {
  readonly rejectUnauthorized: boolean;
  readonly allowH2: boolean;
  readonly ca?: string;
  readonly servername?: string;
  readonly cert?: string;
  readonly key?: string;
};

/** Shorter than the idle time of API servers (90 s and more), so that the server is not the one that hangs up. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Holds the connections to one API server.
 *
 * A client certificate belongs to the connection: another one means new connections, and the old ones end with the
 * requests that run on them.
 */
export class Connections {
  readonly #config: ClusterConfig;
  readonly #connectTimeoutMs: number;
  #certificate: Credential["clientCertificate"];
  #dispatcher: Dispatcher;
  #closing: Promise<void> | undefined;

  constructor(config: ClusterConfig, connectTimeoutMs: number) {
    this.#config = config;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#dispatcher = this.#create();
  }

  /** The connections on which `credential` may be used. */
  of(credential: Credential): Dispatcher {
    const { clientCertificate } = credential;
    if (clientCertificate?.cert !== this.#certificate?.cert || clientCertificate?.key !== this.#certificate?.key) {
      // It is not used any more; how it ends is of no interest.
      this.#dispatcher.close().catch(() => {});
      this.#certificate = clientCertificate;
      this.#dispatcher = this.#create();
    }
    return this.#dispatcher;
  }

  /** Takes no more requests, and resolves once the running ones have ended. */
  close(): Promise<void> {
    this.#closing ??= this.#dispatcher.close();
    return this.#closing;
  }

  #create(): Dispatcher {
    const { proxyURL } = this.#config;
    const tls = this.#tlsOptions();
    const options = {
      // Time limits are the client's, on its own clock; those of the library would cut silent watches.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectTimeout: this.#connectTimeoutMs,
    };
    if (proxyURL === undefined) {
      return new Agent({ ...options, allowH2: false, connect: tls });
    }
    // The library's SOCKS agent wants a host name, or a tls-server-name, for TLS: an address alone is refused by Node.
    return proxyURL.startsWith("socks5:")
      ? new Socks5ProxyAgent(proxyURL, { ...options, requestTls: tls })
      : new ProxyAgent({ ...options, uri: proxyURL, requestTls: tls });
  }

  #tlsOptions(): TlsOptions {
    const { insecureSkipTlsVerify, ca, tlsServerName } = this.#config;
    return {
      rejectUnauthorized: !insecureSkipTlsVerify,
      // A connection of its own for each watch: losing one takes nothing else with it.
      allowH2: false,
      ...(ca === undefined ? {} : { ca }),
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
      ...this.#certificate,
    };
  }
}
