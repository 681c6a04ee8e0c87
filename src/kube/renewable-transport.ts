import { abortable } from "./deadline.ts";
import { UnreachableError } from "./errors.ts";
import { type ClosableTransport, readStart, type TransportRequest, type TransportResponse } from "./transport.ts";

/** A transport whose access (server and credentials) can be replaced while it is in use. */
export type RenewableTransport = ClosableTransport & {
  /**
   * Loads the access again and uses it from then on. Open watches end normally, so that their owners open them again.
   *
   * Rejects when the access cannot be loaded; the old one stays in use then.
   */
  readonly renew: () => Promise<void>;
};

/** Loads an access, for example from a Secret; `signal` is aborted when the transport is closed. */
export type LoadTransport = (signal: AbortSignal) => Promise<ClosableTransport>;

/** A refusal is read up to this size in order to keep its connection; a larger one costs the connection. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/**
 * Sends requests over the transport that `load` yields. Calls `load` at the first request.
 *
 * After a 401, calls `load` again, once for all requests that were refused meanwhile, and repeats each request once.
 */
export function renewableTransport(load: LoadTransport): RenewableTransport {
  const access = new Access(load);
  return Object.assign((request: TransportRequest) => access.send(request), {
    renew: () => access.renew(),
    close: () => access.close(),
  });
}

/** Uses one generation at a time, and runs at most one load at a time. */
class Access {
  readonly #load: LoadTransport;
  readonly #closed = new AbortController();
  #current: TransportGeneration | undefined;
  #loading: Promise<void> | undefined;

  constructor(load: LoadTransport) {
    this.#load = load;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const { generation, response } = await this.#attempt(request);
    if (response.status !== 401) {
      return response;
    }
    await readStart(response.body, MAX_DISCARDED_BYTES);
    if (generation === this.#current) {
      await abortable(this.#reload(), request.signal);
    }
    return (await this.#attempt(request)).response;
  }

  async renew(): Promise<void> {
    // A load that is running may have read an access that is out of date by now.
    await this.#loading?.catch(() => {});
    await this.#reload();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#loading?.catch(() => {});
    this.#current?.retire();
    this.#current = undefined;
  }

  async #attempt(
    request: TransportRequest,
  ): Promise<{ readonly generation: TransportGeneration; readonly response: TransportResponse }> {
    if (this.#current === undefined && !this.#closed.signal.aborted) {
      await abortable(this.#reload(), request.signal);
    }
    // Without an `await` up to `send`, so that the generation cannot be retired in between.
    const generation = this.#current;
    if (generation === undefined) {
      throw new UnreachableError("the transport is closed");
    }
    return { generation, response: await generation.send(request) };
  }

  #reload(): Promise<void> {
    this.#loading ??= this.#replace().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #replace(): Promise<void> {
    const { signal } = this.#closed;
    const transport = await this.#load(signal).catch((error: unknown) => {
      // An ApiError of `load` is about another API server: its "not found" is not about the object of this request.
      throw new UnreachableError(`cannot load the access: ${messageOf(error)}`, { cause: error });
    });
    const previous = this.#current;
    this.#current = new TransportGeneration(transport);
    previous?.retire();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * One loaded transport and its requests.
 *
 * Once it is retired, its watches end normally, its other requests run to their end, and then it is closed.
 */
class TransportGeneration {
  readonly #transport: ClosableTransport;
  readonly #retired = new AbortController();
  #starting = 0;

  constructor(transport: ClosableTransport) {
    this.#transport = transport;
  }

  /** Sends a request. Must not be called after `retire`. */
  async send(request: TransportRequest): Promise<TransportResponse> {
    this.#starting += 1;
    try {
      return await (isWatch(request) ? this.#watch(request) : this.#transport(request));
    } finally {
      this.#starting -= 1;
      this.#closeWhenDone();
    }
  }

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
      // The client takes this for a watch that has ended, and opens the next one.
      return { status: 200, headers: {}, body: untilAborted(noBytes(), retired) };
    }
  }

  #closeWhenDone(): void {
    if (this.#retired.signal.aborted && this.#starting === 0) {
      this.#transport.close().catch(() => {
        // Nobody uses this transport any more.
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
