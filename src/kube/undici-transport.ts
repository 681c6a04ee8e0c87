import type { Dispatcher } from "undici";
import { Connections } from "./connections.ts";
import type { Credential } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import type { ClusterConfig } from "./kubeconfig.ts";
import { proxyFromEnvironment } from "./proxy-environment.ts";
import type { ClosableTransport, TransportRequest, TransportResponse } from "./transport.ts";

/** How connections are made. */
export type ConnectionOptions = {
  /** For one connection with its TLS handshake, default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Prescribes the proxy of a server whose kubeconfig names none; no proxy when absent. */
  readonly env?: Environment;
};

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/**
 * Sends requests over HTTP connections that are kept and reused.
 *
 * A 401 makes the credentials be read once more; the request is repeated once when that gives another one.
 */
export function createTransport(config: ClusterConfig, options: ConnectionOptions = {}): ClosableTransport {
  const server = new URL(config.server);
  const basePath = server.pathname.replace(/\/+$/, "");
  const { env = {}, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  const proxyURL = config.proxyURL ?? proxyFromEnvironment(config.server, env);
  const address = { ...config, ...(proxyURL === undefined ? {} : { proxyURL }) };
  const connections = new Connections(address, connectTimeoutMs);

  const send = (request: TransportRequest, credential: Credential): Promise<Dispatcher.ResponseData> =>
    connections.request(credential, {
      origin: server.origin,
      path: basePath + request.path,
      method: request.method,
      headers: { ...request.headers, ...copyOf(credential.headers) },
      body: request.body ?? null,
      signal: request.signal,
    });

  const transport = async (request: TransportRequest): Promise<TransportResponse> => {
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
