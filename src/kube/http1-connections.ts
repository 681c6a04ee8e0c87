import { Agent, type ClientRequest, type ClientRequestArgs, type IncomingMessage, request as begin } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { reasonOf, type WireRequest } from "./http2-connection.ts";
import { cutOff, StreamedBody } from "./streamed-body.ts";
import type { TransportResponse } from "./transport.ts";

/** Shorter than the idle time of API servers (90 s and more), so that this side closes idle connections first. */
const KEEP_ALIVE_MS = 60_000;

/** HTTP/1.1 connections to one server, each for one request at a time. */
export class Http1Connections {
  readonly #agent: SocketAgent;
  readonly #running = new Set<Promise<void>>();

  constructor(open: () => Promise<Socket>) {
    this.#agent = new SocketAgent(open);
  }

  /** Sends a request over an idle connection, or over a new one. */
  send({ method, path, headers, body, signal }: WireRequest): Promise<TransportResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>();
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const request = begin({ agent: this.#agent, method, path, headers: { ...copyOf(headers), ...length } });
    const abort = (): void => {
      reject(reasonOf(signal));
      request.destroy();
    };
    request.once("response", (response: IncomingMessage) => resolve(toResponse(request, response, signal)));
    request.once("error", reject);
    // An answer with 101 ends the connection without an error.
    request.once("close", () => reject(cutOff()));
    this.#note(request, () => signal.removeEventListener("abort", abort));
    signal.addEventListener("abort", abort, { once: true });
    request.end(body);
    return promise;
  }

  /** Resolves when the running requests have ended, and closes the connections. */
  async close(): Promise<void> {
    await Promise.all(this.#running);
    this.#agent.destroy();
  }

  #note(request: ClientRequest, onEnd: () => void): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running.add(promise);
    request.once("close", () => {
      this.#running.delete(promise);
      onEnd();
      resolve();
    });
  }
}

type SocketCallback = (error: Error | null, socket: Duplex) => void;

class SocketAgent extends Agent {
  readonly #open: () => Promise<Socket>;

  constructor(open: () => Promise<Socket>) {
    super({ keepAlive: true, timeout: KEEP_ALIVE_MS });
    this.#open = open;
  }

  override createConnection(_options: ClientRequestArgs, done: SocketCallback = () => {}): undefined {
    void this.#connect(done);
  }

  async #connect(done: SocketCallback): Promise<void> {
    try {
      done(null, await this.#open());
    } catch (error) {
      // The agent looks at the error first.
      done(error instanceof Error ? error : new Error(String(error)), new Socket());
    }
  }
}

function toResponse(request: ClientRequest, response: IncomingMessage, signal: AbortSignal): TransportResponse {
  const body = new StreamedBody(response, () => request.destroy());
  response.on("data", (chunk: Buffer) => body.push(chunk));
  response.once("end", () => body.end());
  response.once("error", (error) => body.fail(signal.aborted ? reasonOf(signal) : error));
  response.once("close", () => body.fail(cutOff()));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) {
      headers[name] = typeof value === "string" ? value : value.join(", ");
    }
  }
  return { status: response.statusCode ?? 0, headers, body };
}

function copyOf(headers: WireRequest["headers"]): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
}
