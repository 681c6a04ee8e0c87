import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Socket } from "node:net";
import type { Clock } from "./clock.ts";
import { finish } from "./deadline.ts";
import type { HttpRequest, TransportResponse } from "./transport.ts";
import { cutOff, StreamedBody } from "./streamed-body.ts";

/** The server has certainly not acted on the request: it may be sent again, whatever it is. */
export class NotProcessedError extends Error {
  override readonly name = "NotProcessedError";
}

/** A request with the headers of its credential. */
export type WireRequest = Omit<HttpRequest, "headers"> & {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
};

type OpenOptions = { readonly origin: string; readonly clock: Clock; readonly signal: AbortSignal };

/** Of one stream: as much as the server may send ahead of whoever reads it. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
/** Of all streams together. What nobody reads counts for its stream only, so that one slow reader stops no other. */
const CONNECTION_WINDOW_BYTES = 32 * 1024 * 1024;
/** Node's own limit for what a connection holds, in MB, would refuse streams while many large answers arrive. */
const SESSION_MEMORY_MB = 256;
/**
 * A connection over which nothing has come for so long, or up to twice as long, has to answer a PING: a dead one is found
 * after 35 to 55 s, by Go's clients of Kubernetes after 45 s.
 */
const SILENCE_MS = 20_000;
const PING_TIMEOUT_MS = 15_000;
/** Most streams at a time, whatever the server allows. */
const MOST_STREAMS = 1000;

/** With these Node refuses any request over a connection. */
const SESSION_CODES: ReadonlySet<unknown> = new Set([
  "ERR_HTTP2_INVALID_SESSION",
  "ERR_HTTP2_GOAWAY_SESSION",
  "ERR_HTTP2_OUT_OF_STREAMS",
]);

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM, NGHTTP2_NO_ERROR } = constants;

/** One HTTP/2 connection to a server, for many requests at a time. */
export class Http2Connection {
  readonly #session: ClientHttp2Session;
  readonly #clock: Clock;
  readonly #ended = Promise.withResolvers<void>();
  #streams = 0;
  #idleSinceMs: number;
  #hasHeard = false;
  #isPinging = false;
  /** A request was given up without an answer, and the server has not answered a PING since. */
  #isDoubtful = false;
  #isRetired = false;
  /** Aborted when the last stream ends. */
  #busy = new AbortController();

  private constructor(session: ClientHttp2Session, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
    this.#idleSinceMs = clock.now();
    session.once("close", () => {
      this.#isRetired = true;
      finish(this.#busy);
      this.#ended.resolve();
    });
    // The server takes no more requests; those that run go on.
    session.once("goaway", () => this.retire());
    // An idle connection does not keep the process alive.
    session.unref();
  }

  /** Begins HTTP/2 on a socket. Resolves when the server has told its limits, which proves that it speaks HTTP/2. */
  static async open(socket: Socket, { origin, clock, signal }: OpenOptions): Promise<Http2Connection> {
    const session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
      maxSessionMemory: SESSION_MEMORY_MB,
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Streams tell their requests; without a listener an error would end the process.
    session.on("error", reject);
    session.once("close", () => reject(new Error("the connection was closed before HTTP/2 began")));
    session.once("connect", () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    session.once("remoteSettings", () => resolve());
    const abort = (): void => session.destroy();
    signal.addEventListener("abort", abort, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", abort));
    return new Http2Connection(session, clock);
  }

  /** Whether the server takes another request over this connection now. Nobody shall wait with others for a dead one. */
  get hasRoom(): boolean {
    const { maxConcurrentStreams = MOST_STREAMS } = this.#session.remoteSettings;
    return !this.#isRetired && !this.#isDoubtful && this.#streams < Math.min(maxConcurrentStreams, MOST_STREAMS);
  }

  /** Whether the connection has ended. */
  get isOver(): boolean {
    return this.#session.destroyed;
  }

  /** For how long there has been no request. */
  get idleMs(): number {
    return this.#streams > 0 ? 0 : this.#clock.now() - this.#idleSinceMs;
  }

  /** Sends a request. Rejects with a `NotProcessedError` when the server has not acted on it. */
  send(request: WireRequest): Promise<TransportResponse> {
    const { signal, body } = request;
    const stream = this.#begin(request);
    const streamed = new StreamedBody(stream, () => cancel(stream));
    const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>();
    let isAnswered = false;
    const fail = (error: Error): void => {
      streamed.fail(error);
      reject(error);
    };
    const abort = (): void => {
      fail(reasonOf(signal));
      cancel(stream);
      if (!isAnswered) {
        // Perhaps nobody is there any more.
        this.#isDoubtful = true;
        void this.#probe();
      }
    };
    stream.on("response", (headers) => {
      isAnswered = true;
      this.#hasHeard = true;
      resolve({ status: headers[":status"] ?? 0, headers: plain(headers), body: streamed });
    });
    this.#hear(stream, streamed);
    stream.on("error", (error: Error) => fail(isRefused(stream) ? notProcessed(error) : error));
    stream.on("close", () => {
      signal.removeEventListener("abort", abort);
      // Errors have stacks: none is made for a stream that has done what it should.
      if (!isAnswered || !streamed.isOver) {
        fail(isRefused(stream) ? notProcessed() : cutOff());
      }
      this.#end();
    });
    signal.addEventListener("abort", abort, { once: true });
    if (body !== undefined) {
      stream.end(body);
    }
    return promise;
  }

  /** Takes no more requests; the connection ends with its last one. */
  retire(): void {
    this.#isRetired = true;
    if (this.#streams === 0) {
      // A graceful end would wait for the other side, which may be gone.
      this.#session.destroy();
    }
  }

  /** Takes no more requests, and resolves when the running ones have ended. */
  close(): Promise<void> {
    this.retire();
    return this.#ended.promise;
  }

  #hear(stream: ClientHttp2Stream, streamed: StreamedBody): void {
    stream.on("data", (chunk: Buffer) => {
      this.#hasHeard = true;
      streamed.push(chunk);
    });
    stream.on("end", () => {
      // Node ends the body of a stream that was cut off too.
      if (stream.rstCode === NGHTTP2_NO_ERROR && !stream.aborted) {
        streamed.end();
      }
    });
  }

  #begin({ method, path, headers, body }: WireRequest): ClientHttp2Stream {
    const stream = this.#request({ ...headers, ":method": method, ":path": path }, body === undefined);
    this.#streams += 1;
    if (this.#streams === 1) {
      this.#session.ref();
      this.#busy = new AbortController();
      void this.#watchOver(this.#busy.signal);
    }
    return stream;
  }

  #request(headers: OutgoingHttpHeaders, endStream: boolean): ClientHttp2Stream {
    try {
      return this.#session.request(headers, { endStream });
    } catch (error) {
      if (!isOfSession(error)) {
        throw error;
      }
      this.retire();
      throw notProcessed(error);
    }
  }

  #end(): void {
    this.#streams -= 1;
    if (this.#streams > 0) {
      return;
    }
    finish(this.#busy);
    this.#idleSinceMs = this.#clock.now();
    if (this.#isRetired) {
      this.#session.destroy();
    } else {
      this.#session.unref();
    }
  }

  /** Ends the connection when the server has become silent. Without that, its watches would wait for ever. */
  async #watchOver(quiet: AbortSignal): Promise<void> {
    for (;;) {
      this.#hasHeard = false;
      await this.#clock.sleep(SILENCE_MS, quiet);
      if (quiet.aborted) {
        return;
      }
      await this.#probeUnlessHeard();
    }
  }

  async #probeUnlessHeard(): Promise<void> {
    if (!this.#hasHeard) {
      await this.#probe();
    }
  }

  /** Ends the connection unless the server answers a PING. */
  async #probe(): Promise<void> {
    if (this.#isPinging || this.#session.destroyed) {
      return;
    }
    this.#isPinging = true;
    const answered = new AbortController();
    this.#session.ping(() => finish(answered));
    await this.#clock.sleep(PING_TIMEOUT_MS, answered.signal);
    this.#isPinging = false;
    this.#isDoubtful = false;
    if (!answered.signal.aborted) {
      this.#session.destroy(new Error(`the server has not answered a PING within ${PING_TIMEOUT_MS} ms`));
    }
  }
}

function cancel(stream: ClientHttp2Stream): void {
  stream.close(NGHTTP2_CANCEL);
  // A stream that waits for its reader does not end otherwise.
  stream.resume();
}

/** Why a signal is aborted. */
export function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function isRefused({ rstCode }: ClientHttp2Stream): boolean {
  return rstCode === NGHTTP2_REFUSED_STREAM;
}

function isOfSession(error: unknown): boolean {
  return error instanceof Error && "code" in error && SESSION_CODES.has(error.code);
}

function notProcessed(cause?: unknown): NotProcessedError {
  return new NotProcessedError("the server takes no more requests over this connection", { cause });
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string") {
      result[name] = value;
    } else if (Array.isArray(value)) {
      result[name] = value.join(", ");
    }
  }
  return result;
}
