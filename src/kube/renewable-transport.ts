import { abortable } from "./abortable.ts";
import { readStart } from "./body.ts";
import { UnreachableError } from "./errors.ts";
import { TransportGeneration } from "./transport-generation.ts";
import type { ClosableTransport, TransportRequest, TransportResponse } from "./transport.ts";

/** A transport whose access can be replaced while it is in use. */
export type RenewableTransport = ClosableTransport & {
  /**
   * Loads anew and swaps. Open watches end normally, so that they are opened again with the new access.
   *
   * Rejects when loading fails; the old access stays in force then.
   */
  readonly renew: () => Promise<void>;
};

/** Loads an access, for example from a Secret; `signal` is aborted when the transport is closed. */
export type LoadTransport = (signal: AbortSignal) => Promise<ClosableTransport>;

/** So much of a refusal is read in order to keep its connection; beyond, the connection is given up. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/**
 * Sends requests over the transport that `load` yields; it is called when the first request comes.
 *
 * A 401 makes it load anew, once for all requests that were refused meanwhile, and repeats the request once.
 */
export function renewableTransport(load: LoadTransport): RenewableTransport {
  const access = new Access(load);
  return Object.assign((request: TransportRequest) => access.send(request), {
    renew: () => access.renew(),
    close: () => access.close(),
  });
}

/** Has one generation in force at a time, and at most one load running. */
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
    // A load that is running may have read what is out of date by now, so it does not count.
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
    // Taken and used in one go, so that it cannot be retired in between.
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
      // Its errors are about another API server: a "not found" there says nothing about the object asked for here.
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
