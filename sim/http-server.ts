import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { type Certificate, createCertificate } from "./certificate.ts";
import { readText } from "./read-body.ts";
import { trusted } from "./trusted.ts";
import type { SimRequest, SimResponse, SimTransport } from "./transport.ts";

/** A transport that listens on a port. */
export type Served = {
  /** For example `https://127.0.0.1:40123`. */
  readonly url: string;
  /** What clients have to trust. */
  readonly caPem: string;
  /** Ends watches, waits for running requests, frees the port. May be called twice. */
  close(): Promise<void>;
  /** Breaks every connection, and frees the port. */
  cut(): Promise<void>;
};

/** How to serve. */
export type ServeOptions = {
  /** Several servers may share one; a fresh one is made otherwise. */
  readonly certificate?: Certificate | undefined;
  /** Default: any free port. */
  readonly port?: number | undefined;
};

const DRAIN_MS = 1000;
// As a kube-apiserver, which gives clients enough time not to send a request just when it closes an idle connection.
const KEEP_ALIVE_MS = 180_000;

/** A body of this type has one character for each byte. */
const BINARY_TYPE = "application/vnd.kubernetes.protobuf";

const METHODS: Readonly<Record<string, SimRequest["method"]>> = {
  GET: "GET",
  POST: "POST",
  PUT: "PUT",
  PATCH: "PATCH",
  DELETE: "DELETE",
};

/** Serves an API server, or any transport, as HTTPS on 127.0.0.1. */
export async function serve(target: { readonly handle: SimTransport }, options: ServeOptions = {}): Promise<Served> {
  const certificate = options.certificate ?? (await createCertificate());
  const stop = new AbortController();
  const server = createServer({ cert: certificate.certPem, key: certificate.keyPem }, (incoming, outgoing) => {
    void answer({ target, incoming, outgoing, stopping: stop.signal });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, options.port ?? 0);
  const { port } = trusted<AddressInfo>(server.address());
  let closing: Promise<void> | undefined;
  return {
    url: `https://127.0.0.1:${String(port)}`,
    caPem: certificate.caPem,
    close: () => (closing ??= drain(server, stop)),
    cut: () => {
      closing ??= drain(server, stop);
      server.closeAllConnections();
      return closing;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function drain(server: Server, stop: AbortController): Promise<void> {
  stop.abort();
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.closeAllConnections();
    }, DRAIN_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

type Exchange = {
  readonly target: { readonly handle: SimTransport };
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly stopping: AbortSignal;
};

async function answer({ target, incoming, outgoing, stopping }: Exchange): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    gone.abort();
  });
  try {
    const request = await toRequest(incoming, AbortSignal.any([gone.signal, stopping]));
    await write(outgoing, await target.handle(request), gone.signal);
  } catch {
    // The target has dropped the request, or the client is gone: the connection says so.
    outgoing.destroy();
  }
}

async function toRequest(incoming: IncomingMessage, signal: AbortSignal): Promise<SimRequest> {
  const isBinary = incoming.headers["content-type"]?.startsWith(BINARY_TYPE) === true;
  const body = isBinary
    ? Buffer.concat(await Array.fromAsync<Buffer>(incoming)).toString("latin1")
    : await readText({ body: incoming });
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: METHODS[incoming.method ?? ""] ?? "GET",
    path: incoming.url ?? "/",
    headers: trusted<Record<string, string>>(Object.fromEntries(headers)),
    ...(body !== "" && { body }),
    signal,
  };
}

async function write(outgoing: ServerResponse, response: SimResponse, gone: AbortSignal): Promise<void> {
  outgoing.writeHead(response.status, response.headers);
  // Clients of a watch want to see the headers before there is anything to report.
  outgoing.flushHeaders();
  for await (const chunk of response.body) {
    if (gone.aborted) {
      return;
    }
    if (!outgoing.write(chunk)) {
      await drained(outgoing, gone);
    }
  }
  outgoing.end();
}

function drained(outgoing: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      outgoing.off("drain", go);
      gone.removeEventListener("abort", go);
      resolve();
    };
    outgoing.once("drain", go);
    gone.addEventListener("abort", go, { once: true });
  });
}
