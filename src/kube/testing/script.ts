import assert from "node:assert/strict";
import type { Transport, TransportRequest } from "../transport.ts";

/** One expected request and its answer. */
export type Step = {
  /** Method and path without query, for example `GET /version`. */
  readonly expect: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Body as JSON, as text, or as chunks that may stay open. */
  readonly json?: unknown;
  readonly text?: string;
  readonly chunks?: AsyncIterable<Uint8Array>;
  /** Error that the transport throws instead of an answer. */
  readonly failure?: Error;
  /** The request gets no answer until it is aborted. */
  readonly isSilent?: boolean;
};

/**
 * A transport that plays an API server step by step. An unexpected request fails the test, and so does a missing one.
 */
export class Script {
  readonly requests: TransportRequest[] = [];
  readonly #steps: Step[];

  constructor(...steps: readonly Step[]) {
    this.#steps = [...steps];
  }

  readonly transport: Transport = (request) => {
    const step = this.#steps.shift();
    this.requests.push(request);
    assert.ok(step !== undefined, `${request.method} ${request.path} was not expected`);
    assert.equal(`${request.method} ${request.path.split("?")[0]}`, step.expect);
    if (step.isSilent === true) {
      return untilAborted(request.signal);
    }
    if (step.failure !== undefined) {
      return Promise.reject(step.failure);
    }
    const text = step.text ?? JSON.stringify(step.json ?? {});
    return Promise.resolve({
      status: step.status ?? 200,
      headers: step.headers ?? {},
      body: step.chunks === undefined ? chunksOf(text) : abortable(step.chunks, request.signal),
    });
  };

  /** Query of the n-th request. */
  query(index: number): Record<string, string> {
    return Object.fromEntries(new URLSearchParams(this.requests[index]?.path.split("?")[1] ?? ""));
  }

  /** Parsed body of the n-th request. */
  body(index: number): unknown {
    return JSON.parse(this.requests[index]?.body ?? "null");
  }

  /** Fails unless all expected requests were sent. */
  assertFinished(): void {
    assert.deepEqual(
      this.#steps.map(({ expect }) => expect),
      [],
    );
  }
}

/** Yields the texts as the chunks of a body. */
export async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    yield Buffer.from(text);
  }
}

/** Yields the texts as the chunks of a body that stays open. */
export async function* openEnded(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  yield* chunksOf(...texts);
  await new Promise(() => {});
}

async function* abortable(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), untilAborted(signal)]);
    if (next.done === true) {
      return;
    }
    yield next.value;
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(new DOMException("aborted", "AbortError"));
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener("abort", abort);
  });
}
