import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { type PeerCertificate, rootCertificates } from "node:tls";
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";
import { authorityOrders } from "./authority-orders.ts";
import type { ClusterAddress } from "./cluster-entry.ts";
import type { Credential } from "./credentials.ts";
import { identityProblem } from "./server-identity.ts";
import { sharedLookup } from "./shared-lookup.ts";
import { socksConnector } from "./socks-connector.ts";

type TlsOptions = {
  readonly lookup: LookupFunction;
  readonly rejectUnauthorized: boolean;
  readonly allowH2: boolean;
  readonly allowPartialTrustChain: boolean;
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
  readonly ca?: string;
  readonly servername?: string;
  readonly cert?: string;
  readonly key?: string;
};

/** Shorter than the idle time of API servers (90 s and more), so that the server is not the one that hangs up. */
const KEEP_ALIVE_MS = 60_000;

/** For all connections: what a name takes, it takes from everybody. */
const lookupName = sharedLookup(lookup);

/**
 * Holds the connections to one API server.
 *
 * A client certificate belongs to the connection: another one means new connections, and the old ones end with the
 * requests that run on them. The same goes for the order in which certificate authorities are tried.
 */
export class Connections {
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

  /** Sends a request on connections on which `credential` may be used. */
  async request(credential: Credential, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    for (let attempt = 1; ; attempt += 1) {
      const dispatcher = this.#of(credential);
      try {
        return await dispatcher.request(options);
      } catch (error) {
        // Nothing has been sent: the handshake failed.
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

  /** Takes no more requests, and resolves once the running ones have ended. */
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
    // It is not used any more; how it ends is of no interest.
    this.#dispatcher.close().catch(() => {});
    this.#dispatcher = this.#create();
  }

  #create(): Dispatcher {
    const { proxyURL } = this.#address;
    const tls = this.#tlsOptions();
    const timeout = this.#connectTimeoutMs;
    const options = {
      // Time limits are the client's, on its own clock; those of the library would cut silent watches.
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
    const ca = this.#authorities();
    const host = tlsServerName ?? new URL(this.#address.server).hostname;
    // Node takes no address here. None is sent anyway: a server name is a host name.
    const servername = tlsServerName === undefined || isIP(tlsServerName) !== 0 ? undefined : tlsServerName;
    return {
      lookup: lookupName,
      rejectUnauthorized: !insecureSkipTlsVerify,
      // A connection of its own for each watch: losing one takes nothing else with it.
      allowH2: false,
      // An authority may be an intermediate one, or the server's own certificate.
      allowPartialTrustChain: true,
      checkServerIdentity: (_host, { raw }) => identityProblem(host, raw),
      ...(ca === undefined ? {} : { ca }),
      ...(servername === undefined ? {} : { servername }),
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
      // Go trusts a proxy that speaks TLS by the authorities of the kubeconfig.
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    });
    return new ProxyAgent({
      ...options,
      uri,
      // The library insists on the proxy's host as server name, which Node refuses for an address, and waits minutes for
      // the proxy's answer.
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
