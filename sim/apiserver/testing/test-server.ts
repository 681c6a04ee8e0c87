import { readJson, writeJson } from "../../json.ts";
import { ApiServer, type ApiServerOptions } from "../api-server.ts";
import { SimClient } from "../../client.ts";
import { VirtualClock } from "../../clock.ts";
import { readText } from "../../read-body.ts";
import type { SimRequest } from "../../transport.ts";

/** An API server on a virtual clock, and ways to talk to it. */
export type TestServer = {
  readonly server: ApiServer;
  readonly clock: VirtualClock;
  /** A client with all permissions. */
  readonly client: SimClient;
  /** Sends a bare request, as the administrator unless `headers` say otherwise. */
  readonly send: (method: SimRequest["method"], path: string, options?: SendOptions) => Promise<Answer>;
};

/** What else a bare request may carry. */
export type SendOptions = {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** Status and parsed JSON of an answer. */
export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
};

const MODULUS = 2_147_483_647;
const MULTIPLIER = 16_807;

/** A started server for tests. Equal tests see equal names, UIDs and times. */
export function startTestServer(options: Partial<ApiServerOptions> = {}): TestServer {
  const clock = new VirtualClock();
  const server = new ApiServer({ name: "test", clock, random: seededRandom(1), ...options });
  server.start();
  const client = new SimClient((request) => server.handle(request), { clock, token: server.adminToken });
  return {
    server,
    clock,
    client,
    send: async (method, path, { body, headers, signal } = {}) => {
      const response = await server.handle({
        method,
        path,
        headers: { authorization: `Bearer ${server.adminToken}`, ...headers },
        ...(body !== undefined && { body: typeof body === "string" ? body : writeJson(body) }),
        signal: signal ?? new AbortController().signal,
      });
      const text = await readText(response);
      const isJson = response.headers["content-type"]?.startsWith("application/json") === true;
      return { status: response.status, headers: response.headers, body: isJson ? readJson(text) : text };
    },
  };
}

/** Numbers in [0, 1) that depend on nothing but `seed` (Lehmer's generator). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * MULTIPLIER) % MODULUS;
    return state / MODULUS;
  };
}
