/** One HTTP request to an API server. `path` starts with `/` and carries the query. */
export type TransportRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Aborts the request, or the response's body once the headers are there. */
  readonly signal: AbortSignal;
};

/** The answer: `headers` have lower-case names, `body` yields chunks as they arrive. */
export type TransportResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
};

/** Sends one request. Rejects only when no HTTP answer was received. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** A transport that holds connections. `close` lets running requests end, watches too: abort those first. */
export type ClosableTransport = Transport & { readonly close: () => Promise<void> };
