import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { DelegatedAccess } from "./delegated-access.ts";
import type { Health, HealthReport } from "./health.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** The answer for one path. */
export type Page = { readonly status: number; readonly contentType: string; readonly body: string };

/** Private key and certificate chain, PEM. */
export type Certificate = { readonly key: string; readonly cert: string };

/** How an HTTP server serves its pages. */
export type HttpServerOptions = {
  /** Without `host` the server listens on all interfaces; with port 0, on any free port. */
  readonly address: { readonly host?: string; readonly port: number };
  /** Pages by path. */
  readonly pages: Readonly<Record<string, () => Page | Promise<Page>>>;
  /** For HTTPS; without it the server speaks plain HTTP. */
  readonly certificate?: Certificate;
  /** Decides who may read the pages. Default: everybody may. */
  readonly access?: Pick<DelegatedAccess, "judge">;
  readonly log: Log;
};

/** A server that listens. */
export type HttpServer = {
  readonly port: number;
  /** Uses another certificate for new connections. Throws when it is not a certificate. */
  readonly replaceCertificate: (certificate: Certificate) => void;
  /** Ends all connections. */
  readonly close: () => Promise<void>;
};

/** Probes and scrapers send a few hundred bytes. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Serves a few pages to probes and scrapers. Resolves when the server listens. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { address, certificate, log } = options;
  const listener: RequestListener = (request, response) => {
    void answer(options, request, response);
  };
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS };
  const secure = certificate === undefined ? undefined : createSecureServer({ ...limits, ...certificate }, listener);
  const server = secure ?? createServer(limits, listener);
  const port = await listen(server, address);
  server.on("error", (error) => log.error({ err: error }, "the HTTP server failed"));
  return {
    port,
    replaceCertificate: (next) => secure?.setSecureContext(next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server | SecureServer, address: HttpServerOptions["address"]): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(new Error(`cannot listen on port ${address.port}`, { cause })));
    server.listen(address, () => {
      server.removeAllListeners("error");
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : address.port);
    });
  });
}

async function answer(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { log } = options;
  const page = await render(options, request).catch((error: unknown) => {
    log.error({ err: error, path: request.url }, "cannot render a page");
    return toText(500, "internal error\n");
  });
  response.writeHead(page.status, {
    "content-type": page.contentType,
    "content-length": Buffer.byteLength(page.body),
    "cache-control": "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : page.body);
}

async function render({ pages, access }: HttpServerOptions, request: IncomingMessage): Promise<Page> {
  const verdict = await access?.judge(request.headers.authorization);
  if (verdict !== undefined && verdict.status !== 200) {
    return toText(verdict.status, `${verdict.message}\n`);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return toText(405, "only GET is served\n");
  }
  const [path = "/"] = (request.url ?? "/").split("?");
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  return page === undefined ? toText(404, `serving ${Object.keys(pages).join(", ")}\n`) : page();
}

function toText(status: number, body: string): Page {
  return { status, contentType: "text/plain; charset=utf-8", body };
}

/** The pages for the kubelet's probes. */
export function probePages(health: Health): HttpServerOptions["pages"] {
  return { "/healthz": () => toPage(health.live()), "/readyz": () => toPage(health.ready()) };
}

/** The page for Prometheus. */
export function metricsPages(metrics: Metrics): HttpServerOptions["pages"] {
  return {
    "/metrics": async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
  };
}

function toPage({ isHealthy, text }: HealthReport): Page {
  return { status: isHealthy ? 200 : 503, contentType: "text/plain; charset=utf-8", body: text };
}
