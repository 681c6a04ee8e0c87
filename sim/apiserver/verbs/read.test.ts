import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { readLines } from "../../read-body.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";

const path = "/api/v1/namespaces/default/configmaps";
const kind = { apiVersion: "v1", kind: "ConfigMap", namespace: "default" };

async function create({ client }: TestServer, name: string, labels: Record<string, string> = {}): Promise<string> {
  const metadata = { name, namespace: "default", labels };
  const created = await client.create({ apiVersion: "v1", kind: "ConfigMap", metadata });
  return created.metadata.resourceVersion ?? "";
}

/** Watches until the server ends the stream or `count` events were seen. */
async function watch(test: TestServer, query: string, count: number): Promise<readonly string[]> {
  const seen: string[] = [];
  await test.clock.runUntil(read(test, query, (what) => seen.push(what) < count));
  return seen;
}

/** Watches from a resource version on, until a bookmark. */
function follow(test: TestServer, revision: string, tell: (what: string) => void): Promise<void> {
  return read(test, `allowWatchBookmarks=true&resourceVersion=${revision}`, (what) => {
    tell(what);
    return what !== "BOOKMARK";
  });
}

async function read(test: TestServer, query: string, wantsMore: (what: string) => boolean): Promise<void> {
  const stop = new AbortController();
  const response = await test.server.handle({
    method: "GET",
    path: `${path}?watch=true&${query}`,
    headers: { authorization: `Bearer ${test.server.adminToken}` },
    signal: stop.signal,
  });
  for await (const line of readLines(response)) {
    const event: unknown = JSON.parse(line);
    const what = textAt(event, "object", "metadata", "name") || textAt(event, "object", "reason");
    if (!wantsMore(`${textAt(event, "type")} ${what}`.trim())) {
      stop.abort();
    }
  }
}

describe("lists", () => {
  it("show the pages of one list as of its first page", async () => {
    const test = startTestServer();
    for (const name of ["a", "b", "c"]) {
      await create(test, name);
    }

    const first = await test.send("GET", `${path}?limit=2`);
    await create(test, "bb");
    await test.client.delete({ ...kind, name: "c" });
    const token = encodeURIComponent(textAt(first.body, "metadata", "continue"));
    const second = await test.send("GET", `${path}?limit=2&continue=${token}`);

    const names = [first, second].map(({ body }) =>
      listAt(body, "items").map((item) => textAt(item, "metadata", "name")),
    );
    assert.deepEqual(names, [["a", "b"], ["c"]]);
    assert.equal(valueAt(first.body, "metadata", "remainingItemCount"), 1);
    assert.equal(textAt(second.body, "metadata", "continue"), "");
  });

  it("answer 410 to a page whose history is forgotten", async () => {
    const test = startTestServer();
    await create(test, "a");
    await create(test, "b");
    const first = await test.send("GET", `${path}?limit=1`);
    await create(test, "c");
    test.server.compact();

    const token = encodeURIComponent(textAt(first.body, "metadata", "continue"));
    const { status, body } = await test.send("GET", `${path}?limit=1&continue=${token}`);

    assert.deepEqual([status, textAt(body, "reason")], [410, "Expired"]);
  });

  it("select by labels and fields, and refuse fields that cannot be selected", async () => {
    const test = startTestServer();
    await create(test, "a", { app: "web" });
    await create(test, "b", { app: "api" });

    const byLabel = await test.client.list(kind, { labelSelector: "app=web" });
    const byField = await test.client.list(kind, { fieldSelector: "metadata.name=b" });
    const refused = await test.send("GET", `${path}?fieldSelector=data.k%3Dv`);

    assert.deepEqual(
      byLabel.map(({ metadata }) => metadata.name),
      ["a"],
    );
    assert.deepEqual(
      byField.map(({ metadata }) => metadata.name),
      ["b"],
    );
    assert.equal(refused.status, 400);
  });
});

describe("watches", () => {
  it("without a resource version start with what is there", async () => {
    const test = startTestServer();
    await create(test, "a");

    assert.deepEqual(await watch(test, "", 1), ["ADDED a"]);
  });

  it("from a resource version report everything after it, in order", async () => {
    const test = startTestServer();
    const from = await create(test, "a");
    await create(test, "b");
    await test.client.patchMerge({ ...kind, name: "a" }, { data: { k: "v" } });
    await test.client.delete({ ...kind, name: "b" });

    assert.deepEqual(await watch(test, `resourceVersion=${from}`, 3), ["ADDED b", "MODIFIED a", "DELETED b"]);
  });

  it("report an object that enters or leaves the selection as added or deleted", async () => {
    const test = startTestServer();
    const from = await create(test, "a", { app: "web" });
    const relabel = (app: string): Promise<unknown> =>
      test.client.patchMerge({ ...kind, name: "a" }, { metadata: { labels: { app } } });
    await relabel("api");
    await relabel("web");
    await relabel("api");

    const seen = await watch(test, `labelSelector=app%3Dweb&resourceVersion=${from}`, 3);

    assert.deepEqual(seen, ["DELETED a", "ADDED a", "DELETED a"]);
  });

  it("end with 410 when their start is forgotten", async () => {
    const test = startTestServer();
    const from = await create(test, "a");
    await create(test, "b");
    test.server.compact();

    assert.deepEqual(await watch(test, `resourceVersion=${from}`, 5), ["ERROR Expired"]);
  });

  it("send a bookmark each minute and end after timeoutSeconds", async () => {
    const test = startTestServer();
    const from = await create(test, "a");

    const seen = await watch(test, `resourceVersion=${from}&allowWatchBookmarks=true&timeoutSeconds=150`, 10);

    assert.deepEqual(seen, ["BOOKMARK", "BOOKMARK", "BOOKMARK"]);
    assert.equal(test.clock.now() - Date.UTC(2026, 0, 1), 150_000);
  });

  for (const [watchDelayMs, from] of [
    [0, "now"],
    [30, "now"],
    [30, "before the changes"],
    [500, "now"],
  ] as const) {
    it(`from ${from} hear of each change ${watchDelayMs} ms after its answer, and of it before any bookmark`, async () => {
      const test = startTestServer({ watchDelayMs });
      const start = test.clock.now();
      const revision = await create(test, "first");
      const seen: string[] = [];
      const look = (): Promise<void> =>
        follow(test, revision, (what) => seen.push(`${test.clock.now() - start} ${what}`));
      const reading = from === "now" ? look() : undefined;

      await test.clock.advance(59_990);
      await create(test, "a");
      await create(test, "b");
      await test.clock.advance(5);
      await create(test, "c");
      await test.clock.runUntil(reading ?? look());

      const out = [59_990, 59_990, 59_995].map((ms) => ms + watchDelayMs);
      const bookmark = from === "now" ? Math.max(60_000, 59_995 + watchDelayMs) : 119_995;
      assert.deepEqual(seen, [`${out[0]} ADDED a`, `${out[1]} ADDED b`, `${out[2]} ADDED c`, `${bookmark} BOOKMARK`]);
    });
  }

  it("mark the end of the initial events", async () => {
    const test = startTestServer();
    await create(test, "a");

    const query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

    assert.deepEqual(await watch(test, query, 2), ["ADDED a", "BOOKMARK"]);
  });
});
