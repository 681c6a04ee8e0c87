import type { ClosableTransport, TransportRequest, TransportResponse } from "./transport.ts";

/**
 * One loaded transport and the requests on it.
 *
 * Once retired, its watches have ended normally and its other requests run to their end; then it is closed.
 */
export class TransportGeneration {
  readonly #transport: ClosableTransport;
  readonly #retired = new AbortController();
  #starting = 0;

  constructor(transport: ClosableTransport) {
    this.#transport = transport;
  }

  /** Sends a request. Not to be called once retired. */
  async send(request: TransportRequest): Promise<TransportResponse> {
    this.#starting += 1;
    try {
      return await (isWatch(request) ? this.#watch(request) : this.#transport(request));
    } finally {
      this.#starting -= 1;
      this.#closeWhenDone();
    }
  }

  /** Ends the watches, and lets the rest end by itself. */
  retire(): void {
    this.#retired.abort();
    this.#closeWhenDone();
  }

  async #watch(request: TransportRequest): Promise<TransportResponse> {
    const retired = this.#retired.signal;
    const signal = AbortSignal.any([request.signal, retired]);
    try {
      const response = await this.#transport({ ...request, signal });
      return { ...response, body: untilAborted(response.body, retired) };
    } catch (error) {
      if (!retired.aborted || request.signal.aborted) {
        throw error;
      }
      // To the client this is a watch that was open for no time at all: it opens the next one.
      return { status: 200, headers: {}, body: untilAborted(noBytes(), retired) };
    }
  }

  #closeWhenDone(): void {
    if (this.#retired.signal.aborted && this.#starting === 0) {
      this.#transport.close().catch(() => {
        // Nothing is left to be done on it, so nobody needs to know.
      });
    }
  }
}

function isWatch(request: TransportRequest): boolean {
  return /[?&]watch=(?:true|1)(?:&|$)/.test(request.path);
}

async function* untilAborted(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
