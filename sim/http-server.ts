import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
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
/** As a kube-apiserver. */
const MOST_STREAMS = 100;

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
  const server = createSecureServer(
    {
      cert: certificate.certPem,
      key: certificate.keyPem,
      allowHTTP1: true,
      settings: { maxConcurrentStreams: MOST_STREAMS },
      http1Options: { keepAliveTimeout: KEEP_ALIVE_MS },
    },
    (incoming, outgoing) => {
      const exchange = { incoming: trusted<IncomingMessage>(incoming), outgoing: trusted<ServerResponse>(outgoing) };
      void answer({ target, ...exchange, stopping: stop.signal });
    },
  );
  const connections = trackConnections(server);
  await listen(server, options.port ?? 0);
  const { port } = trusted<AddressInfo>(server.address());
  let closing: Promise<void> | undefined;
  return {
    url: `https://127.0.0.1:${String(port)}`,
    caPem: certificate.caPem,
    close: () => (closing ??= drain(server, connections, stop)),
    cut: () => {
      closing ??= drain(server, connections, stop);
      connections.cut();
      return closing;
    },
  };
}

type Connections = {
  /** Takes no more requests over connections that may have several. */
  retire(): void;
  cut(): void;
};

function trackConnections(server: Http2SecureServer): Connections {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<TLSSocket>();
  server.on("secureConnection", (socket: TLSSocket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  return {
    retire: () => {
      sessions.forEach((session) => {
        session.close();
      });
    },
    cut: () => {
      sockets.forEach((socket) => {
        socket.destroy();
      });
    },
  };
}

function listen(server: Http2SecureServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function drain(server: Http2SecureServer, connections: Connections, stop: AbortController): Promise<void> {
  stop.abort();
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      connections.cut();
    }, DRAIN_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    connections.retire();
  });
}

type Exchange = {
  readonly target: { readonly handle: SimTransport };
  /** Of HTTP/2 too, of which request and response have what is used here. */
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
    // The target has dropped the request, or the client is gone: the connection, or the stream, says so.
    const { stream } = trusted<Partial<Http2ServerResponse>>(outgoing);
    if (stream !== undefined) {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } else {
      outgoing.destroy();
    }
  }
}

async function toRequest(incoming: IncomingMessage, signal: AbortSignal): Promise<SimRequest> {
  const isBinary = incoming.headers["content-type"]?.startsWith(BINARY_TYPE) === true;
  const body = isBinary
    ? Buffer.concat(await Array.fromAsync<Buffer>(incoming)).toString("latin1")
    : await readText({ body: incoming });
  const headers = Object.entries(incoming.headers)
    .filter(([name]) => !name.startsWith(":"))
    .map(([name, value]) => [name, String(value)]);
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
