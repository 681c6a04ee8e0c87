import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, it, type TestContext } from "node:test";

import { systemClock } from "../../kube/clock.ts";
import { createLogger } from "../../runtime/log.ts";
import type { TenantRow } from "../inspect/tenant-row.ts";
import type { TreeNode } from "../inspect/tree.ts";
import { Feed } from "./feed.ts";
import { PATHS } from "./messages.ts";
import { readServerEvents } from "./page/stream.ts";
import { type DashboardOptions, startDashboard } from "./server.ts";

const TOKEN = "right";
const row: TenantRow = {
  group: "test.example",
  namespace: "a",
  name: "one",
  phase: "Ready",
  reason: "ReconcileSuccess",
  message: "",
  isFailing: false,
  leads: true,
  isHeld: true,
  platformNamespace: "mcp--one",
};
const tree: TreeNode = {
  cluster: "onboarding",
  kind: "Test",
  name: "one",
  state: "ready",
  message: "",
  events: [],
  children: [],
};

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: string };
type Asked = { readonly method?: string; readonly headers?: Readonly<Record<string, string>> };
type Ask = (path: string, asked?: Asked) => Promise<Answer>;

async function started(
  t: TestContext,
  options: Partial<DashboardOptions> = {},
): Promise<{ feed: Feed; ask: Ask; port: number }> {
  const feed = new Feed({ type: "about", program: "service-provider-test", version: "1.2.3", kind: "Test" });
  feed.set("a/one", row);
  feed.complete();
  const server = await startDashboard({
    port: 0,
    token: TOKEN,
    feed,
    readTree: () => Promise.resolve(tree),
    clock: systemClock,
    log: createLogger({ level: "silent", pretty: false }),
    ...options,
  });
  t.after(() => server.close());
  const ask: Ask = (path, { method = "GET", headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port: server.port, path, method, headers }, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (body += part));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      });
      sent.on("error", reject);
      sent.end();
    });
  return { feed, ask, port: server.port };
}

const authorized = { headers: { authorization: `Bearer ${TOKEN}` } };

describe("startDashboard", () => {
  it("shows the page to everybody on this machine, and nothing of a tenant without the token", async (t) => {
    const { ask } = await started(t);

    for (const path of ["/", "/page.js", "/page.css", "/icon.svg"]) {
      const { status, body } = await ask(path);
      assert.equal(status, 200, path);
      assert.doesNotMatch(body, /mcp--one/u);
    }
    for (const path of Object.values(PATHS)) {
      for (const authorization of ["", "Bearer", "Bearer wrong", `Basic ${TOKEN}`]) {
        assert.equal((await ask(path, { headers: { authorization } })).status, 401, `${path} with "${authorization}"`);
      }
    }
  });

  it("answers to the names of this machine only, whatever resolves to it", async (t) => {
    const { ask, port } = await started(t);
    const statusFor = async (host: string): Promise<number> =>
      (await ask("/", { headers: { host, ...authorized.headers } })).status;

    for (const host of [`127.0.0.1:${port}`, "localhost:9000", "[::1]:9000", "localhost"]) {
      assert.equal(await statusFor(host), 200, host);
    }
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1.evil.example",
      "localhost.evil.example:80",
    ]) {
      assert.equal(await statusFor(host), 421, host);
    }
  });

  it("changes nothing", async (t) => {
    const { ask } = await started(t);

    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      assert.equal((await ask(PATHS.tree, { method, ...authorized })).status, 405, method);
    }
  });

  it("lets the page load its own files, and nothing else", async (t) => {
    const { ask } = await started(t);

    for (const [path, asked] of [
      ["/", {}],
      ["/page.js", {}],
      ["/nothing", {}],
      [`${PATHS.tree}?namespace=a&name=one`, authorized],
    ] as const) {
      const { headers } = await ask(path, asked);
      const policy = String(headers["content-security-policy"]);
      assert.match(policy, /^default-src 'none';/u, path);
      assert.doesNotMatch(policy, /unsafe|\*|https?:/u, path);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["cache-control"], "no-store");
      assert.equal(headers["access-control-allow-origin"], undefined);
    }
  });

  it("reads the objects of a tenant, and says so of one that is not there", async (t) => {
    const { ask } = await started(t);

    assert.deepEqual(JSON.parse((await ask(`${PATHS.tree}?namespace=a&name=one`, authorized)).body), { row, tree });
    const missing = await ask(`${PATHS.tree}?namespace=a&name=two`, authorized);
    assert.equal(missing.status, 404);
    assert.deepEqual(JSON.parse(missing.body), { error: "there is no Test a/two" });
  });

  it("says why objects cannot be read, without what could be a secret", async (t) => {
    const { ask } = await started(t, {
      readTree: () => Promise.reject(new Error("GET https://user:hunter2@registry.example/v2 was refused")),
    });

    const { status, body } = await ask(`${PATHS.tree}?namespace=a&name=one`, authorized);

    assert.equal(status, 502);
    assert.match(body, /was refused/u);
    assert.doesNotMatch(body, /hunter2/u);
  });

  it("stops reading for a browser that has gone", async (t) => {
    const aborted = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const { port } = await started(t, {
      readTree: (_row, signal) => {
        signal.addEventListener("abort", () => aborted.resolve());
        asked.resolve();
        return new Promise(() => undefined);
      },
    });

    const path = `${PATHS.tree}?namespace=a&name=one`;
    const sent = request({ host: "127.0.0.1", port, path, ...authorized });
    sent.on("error", () => undefined);
    sent.end();
    await asked.promise;
    sent.destroy();

    await aborted.promise;
  });

  it("streams the tenants and each change", async (t) => {
    const { feed, port } = await started(t);
    const response = await fetch(`http://127.0.0.1:${port}${PATHS.events}`, authorized);
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    const events = readServerEvents(response.body ?? assert.fail());
    const next = async (): Promise<unknown> => {
      const result = await events.next();
      return result.done === true ? undefined : JSON.parse(result.value.data);
    };

    assert.deepEqual(await next(), feed.about);
    assert.deepEqual(await next(), feed.cluster);
    assert.deepEqual(await next(), { type: "rows", startsAnew: true, rows: [row], gone: [], more: 0 });
    feed.set("a/one", undefined);
    assert.deepEqual(await next(), { type: "rows", startsAnew: false, rows: [], gone: ["a/one"], more: 0 });
    await events.return(undefined);
  });

  it("names the port that somebody else has", async (t) => {
    const { port } = await started(t);

    await assert.rejects(started(t, { port }), new RegExp(`cannot listen on 127.0.0.1:${port}.*--port`, "u"));
  });
});
