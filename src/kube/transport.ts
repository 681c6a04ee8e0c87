import { MalformedAnswerError, UnreachableError } from "./errors.ts";

/** One HTTP request to an API server. `path` starts with `/` and carries the query. */
export type TransportRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Aborts the request, or the response's body once the headers are there. */
  readonly signal: AbortSignal;
};

/** The answer: names in `headers` are lower-case, `body` yields chunks as they arrive. */
export type TransportResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
};

/** Sends one request. Rejects only when no HTTP answer was received. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** A transport that holds connections. `close` waits for running requests, so abort watches first. */
export type ClosableTransport = Transport & { readonly close: () => Promise<void> };

/** A request to any HTTP server. */
export type HttpRequest = Omit<TransportRequest, "method"> & { readonly method: TransportRequest["method"] | "HEAD" };

/** A transport to any HTTP server. */
export type HttpTransport = ((request: HttpRequest) => Promise<TransportResponse>) & Pick<ClosableTransport, "close">;

/** Reads a whole body as text. A body of more than `maxBytes` is a `MalformedAnswerError`, and is read no further. */
export async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const { text, isComplete } = await readStart(body, maxBytes);
  if (!isComplete) {
    throw new MalformedAnswerError(
      `expected an answer of at most ${maxBytes} bytes, found more: see what the API server, or a proxy before it, sends`,
    );
  }
  return text;
}

/** Reads the first `maxBytes` of a body as text. */
export async function readStart(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ readonly text: string; readonly isComplete: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > maxBytes) {
      break;
    }
  }
  const [first] = chunks;
  const bytes = first !== undefined && chunks.length === 1 ? asBuffer(first) : Buffer.concat(chunks);
  return { text: bytes.subarray(0, maxBytes).toString("utf8"), isComplete: size <= maxBytes };
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Refuses to send a write while `mayWrite()` is false. Asks `mayWrite` for each request, right before it is sent. */
export function fencedTransport(transport: ClosableTransport, mayWrite: () => boolean): ClosableTransport {
  const send = (request: TransportRequest): ReturnType<ClosableTransport> =>
    request.method === "GET" || mayWrite()
      ? transport(request)
      : Promise.reject(new UnreachableError("not sent: this process may not write any more"));
  return Object.assign(send, { close: () => transport.close() });
}

/** The reviews that an API server answers about whoever asks, and does not store. */
const SELF_REVIEW = /^\/apis\/(?:authentication|authorization)\.k8s\.io\/v[^/]+\/self[a-z]+reviews(?:\?|$)/;

/** Refuses to send anything but reads and reviews of the own rights. */
export function readOnlyTransport(transport: ClosableTransport): ClosableTransport {
  const send = (request: TransportRequest): ReturnType<ClosableTransport> =>
    request.method === "GET" || (request.method === "POST" && SELF_REVIEW.test(request.path))
      ? transport(request)
      : Promise.reject(new Error(`not sent: ${request.method} would write, and this command only reads`));
  return Object.assign(send, { close: () => transport.close() });
}
