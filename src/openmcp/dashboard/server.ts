import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import type { Clock } from "../../kube/clock.ts";
import { maskSecrets } from "../../runtime/mask-secrets.ts";
import type { Log } from "../../runtime/log.ts";
import { describeError } from "../command/describe-error.ts";
import type { TenantRow } from "../inspect/tenant-row.ts";
import type { TreeNode } from "../inspect/tree.ts";
import type { Feed } from "./feed.ts";
import { keyOfRow, PATHS, type Refusal, type TreeAnswer } from "./messages.ts";
import { PAGE_FILES } from "./page.inlined.ts";

/** What the server of the dashboard works with. */
export type DashboardOptions = {
  /** 0: any free one. */
  readonly port: number;
  /** What a browser has to show before it learns of any tenant. */
  readonly token: string;
  readonly feed: Feed;
  readonly readTree: (row: TenantRow, signal: AbortSignal) => Promise<TreeNode>;
  readonly clock: Clock;
  readonly log: Log;
};

/** A server that listens on the loopback interface. */
export type DashboardServer = {
  readonly port: number;
  /** Ends all connections. */
  readonly close: () => Promise<void>;
};

/** Changes that happen together are sent together. */
const GATHER_MS = 40;
/** A browser that takes nothing for this long is asleep, or gone: it asks again when it awakes. */
const STALLED_MS = 30_000;
/** Proxies and tunnels end connections on which nothing happens. */
const SILENCE_MS = 20_000;

/** Other machines cannot reach it, and other programs on this one get nothing but the empty page. */
export async function startDashboard(options: DashboardOptions): Promise<DashboardServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.log.error({ err: error, path: pathOf(request) }, "cannot answer a request");
      response.destroy();
    });
  });
  const port = await listen(server, options.port);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const LOOPBACK = "127.0.0.1";

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new Error(`cannot listen on ${LOOPBACK}:${port}, take another port with --port`, { cause }));
    });
    server.listen({ host: LOOPBACK, port }, () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : port);
    });
  });
}

const HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; "),
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

async function answer(options: DashboardOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { token } = options;
  const path = pathOf(request);
  const file = Object.hasOwn(PAGE_FILES, path) ? PAGE_FILES[path] : undefined;
  if (!isLoopback(request.headers.host)) {
    send(response, 421, { error: "this server answers to localhost and 127.0.0.1 only" });
  } else if (request.method !== "GET") {
    send(response, 405, { error: "only GET is served" });
  } else if (file !== undefined) {
    response.writeHead(200, { ...HEADERS, "content-type": file.contentType }).end(file.body);
  } else if (path !== PATHS.events && path !== PATHS.tree) {
    send(response, 404, { error: "there is no such page" });
  } else if (!isSame(request.headers.authorization, `Bearer ${token}`)) {
    send(response, 401, { error: "The token is not valid: open the whole address that the command has printed." });
  } else {
    await (path === PATHS.events ? stream(options, response) : sendTree(options, request, response));
  }
}

function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?")[0] ?? "/";
}

/**
 * Whether a browser means this machine. A page elsewhere whose host name has come to resolve to 127.0.0.1 has that name
 * in the header. The port may be that of a tunnel.
 */
function isLoopback(host = ""): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/u.test(host);
}

// Hashes have the same length, and the time of their comparison tells nothing of the token.
function isSame(found = "", expected: string): boolean {
  const [one, other] = [found, expected].map((text) => createHash("sha256").update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

function send(response: ServerResponse, status: number, body: TreeAnswer | Refusal): void {
  response.writeHead(status, { ...HEADERS, "content-type": "application/json" }).end(JSON.stringify(body));
}

async function sendTree(
  { feed, readTree, log }: DashboardOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const query = new URLSearchParams(request.url?.split("?")[1]);
  const [namespace, name] = [query.get("namespace") ?? "", query.get("name") ?? ""];
  const row = feed.rows.get(keyOfRow({ namespace, name }));
  if (row === undefined) {
    send(response, 404, { error: `there is no ${feed.about.kind} ${namespace}/${name}` });
    return;
  }
  const stop = new AbortController();
  response.once("close", () => stop.abort());
  try {
    send(response, 200, { row, tree: await readTree(row, stop.signal) });
  } catch (error) {
    if (!stop.signal.aborted) {
      log.error({ err: error, namespace, name }, "cannot read the objects of a tenant");
      send(response, 502, { error: maskSecrets(describeError(error)) });
    }
  }
}

async function stream({ feed, clock }: DashboardOptions, response: ServerResponse): Promise<void> {
  const follower = feed.follow();
  const stop = new AbortController();
  response.once("close", () => {
    stop.abort();
    follower.close();
  });
  response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" });
  while (!stop.signal.aborted) {
    for (let message = follower.take(); message !== undefined; message = follower.take()) {
      await write(response, `event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`, clock);
    }
    const silence = new AbortController();
    const isSilent = await Promise.race([
      follower.news().then(() => false),
      clock.sleep(SILENCE_MS, AbortSignal.any([silence.signal, stop.signal])).then(() => true),
    ]);
    silence.abort();
    await (isSilent ? write(response, ": still here\n\n", clock) : clock.sleep(GATHER_MS, stop.signal));
  }
}

/** Resolves when the browser can take more. One that takes nothing for long is left alone. */
async function write(response: ServerResponse, text: string, clock: Clock): Promise<void> {
  if (response.destroyed || response.write(text)) {
    return;
  }
  const taken = new AbortController();
  const drained = Promise.race([once(response, "drain", taken), once(response, "close", taken)]).then(() => true);
  const isTaken = await Promise.race([drained, clock.sleep(STALLED_MS, taken.signal).then(() => false)]);
  drained.catch(() => undefined);
  taken.abort();
  if (!isTaken) {
    response.destroy();
  }
}
