import type { IncomingMessage } from "node:http";
import { Agent, request as send } from "node:https";
import { trusted } from "./trusted.ts";
import type { SimRequest, SimResponse, SimTransport } from "./transport.ts";

/** An API server that is reached over HTTPS. */
export type HttpTarget = {
  readonly url: string;
  readonly caPem: string;
  /** Bearer token for requests that bring none of their own. */
  readonly token?: string | undefined;
};

/** A transport that keeps its connections until it is closed. */
export type HttpTransport = SimTransport & { close(): void };

const IDLE_SOCKETS = 8;

/** Sends requests over HTTPS, reusing connections. */
export function httpTransport({ url, caPem, token }: HttpTarget): HttpTransport {
  const agent = new Agent({ ca: caPem, keepAlive: true, maxFreeSockets: IDLE_SOCKETS });
  const defaults = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const transport = (request: SimRequest): Promise<SimResponse> =>
    exchange(new URL(request.path, url), { ...request, headers: { ...defaults, ...request.headers } }, agent);
  return Object.assign(transport, {
    close: (): void => {
      agent.destroy();
    },
  });
}

function exchange(url: URL, { method, headers, body, signal }: SimRequest, agent: Agent): Promise<SimResponse> {
  return new Promise((resolve, reject) => {
    // Node frames the body of a DELETE only when told its length; unframed, it spoils the connection for the next request.
    const framed = body === undefined ? headers : { ...headers, "content-length": String(Buffer.byteLength(body)) };
    const outgoing = send(url, { method, headers: framed, agent, signal }, (incoming) => {
      resolve({ status: incoming.statusCode ?? 0, headers: headersOf(incoming), body: bodyOf(incoming, signal) });
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const texts = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]);
  return trusted(Object.fromEntries(texts));
}

// An aborted body ends; it does not throw.
async function* bodyOf(incoming: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of incoming) {
      yield trusted<Uint8Array>(chunk);
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}
