import type { Readable } from "node:stream";

/** As much as is held for a reader before the server is made to wait. */
const MOST_HELD_BYTES = 256 * 1024;

type Reader = {
  readonly resolve: (result: IteratorResult<Uint8Array>) => void;
  readonly reject: (error: Error) => void;
};

/** The other side, or whoever is between, has ended the connection too early. */
export function cutOff(): Error {
  return Object.assign(new Error("the connection was closed before the answer was complete"), { code: "ECONNRESET" });
}

/** The body of an answer: chunks that are held until they are read, once. Node's own iterators cost a multiple. */
export class StreamedBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #source: Pick<Readable, "pause" | "resume">;
  readonly #cancel: () => void;
  #chunks: Uint8Array[] = [];
  #heldBytes = 0;
  #isPaused = false;
  #reader: Reader | undefined;
  #end: { readonly error?: Error } | undefined;

  /** @param cancel is called when the reader leaves before the end */
  constructor(source: Pick<Readable, "pause" | "resume">, cancel: () => void) {
    this.#source = source;
    this.#cancel = cancel;
  }

  /** Whether the body is complete, or has failed. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Adds a chunk; one that comes after the end is for nobody. */
  push(chunk: Uint8Array): void {
    if (this.#end !== undefined) {
      return;
    }
    if (this.#reader !== undefined) {
      this.#take().resolve({ value: chunk, done: false });
      return;
    }
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.byteLength;
    if (this.#heldBytes > MOST_HELD_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#source.pause();
    }
  }

  /** The body is complete. */
  end(): void {
    this.#end ??= {};
    if (this.#reader !== undefined) {
      this.#take().resolve({ value: undefined, done: true });
    }
  }

  /** The body ends here, incomplete. Does nothing when it has ended. */
  fail(error: Error): void {
    if (this.#end !== undefined) {
      return;
    }
    this.#end = { error };
    this.#chunks = [];
    if (this.#reader !== undefined) {
      this.#take().reject(error);
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const value = this.#chunks.shift();
    if (value !== undefined) {
      this.#heldBytes -= value.byteLength;
      if (this.#isPaused && this.#heldBytes <= MOST_HELD_BYTES / 2) {
        this.#isPaused = false;
        this.#source.resume();
      }
      return Promise.resolve({ value, done: false });
    }
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => {
        this.#reader = { resolve, reject };
      });
    }
    return this.#end.error ? Promise.reject(this.#end.error) : Promise.resolve({ value: undefined, done: true });
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    if (this.#end === undefined) {
      this.end();
      this.#cancel();
    }
    this.#chunks = [];
    return Promise.resolve({ value: undefined, done: true });
  }

  #take(): Reader {
    const reader = this.#reader;
    if (reader === undefined) {
      throw new Error("nobody reads");
    }
    this.#reader = undefined;
    return reader;
  }
}
