import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KubeClient, type KubeClientOptions } from "./client.ts";
import { type ConfigMap, configMaps, namespaces, tokenReviews } from "./core.ts";
import {
  AlreadyExistsError,
  ConflictError,
  ForbiddenError,
  GoneError,
  InvalidError,
  MalformedAnswerError,
  NotFoundError,
  ServerError,
  TooLargeError,
  TooManyRequestsError,
  UnauthorizedError,
  UnreachableError,
} from "./errors.ts";
import type { ExchangeObserver, RequestReport } from "./exchange.ts";
import { metadataOf } from "./resource.ts";
import { ManualClock, settle } from "./testing/manual-clock.ts";
import { chunksOf, openEnded, Script, type Step } from "./testing/script.ts";
import type { Transport } from "./transport.ts";

const ref = { namespace: "team", name: "settings" };
const path = "/api/v1/namespaces/team/configmaps/settings";
const collection = "/api/v1/namespaces/team/configmaps";
const configMap: ConfigMap = { apiVersion: "v1", kind: "ConfigMap", metadata: ref, data: { key: "value" } };
const signal = new AbortController().signal;

function refusal(code: number, reason: string, message = "the server's words"): Pick<Step, "status" | "json"> {
  return { status: code, json: { kind: "Status", code, reason, message } };
}

function refused(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

function start(script: Script, options: Partial<KubeClientOptions> = {}): { client: KubeClient; clock: ManualClock } {
  const clock = new ManualClock();
  const client = new KubeClient({
    transport: script.transport,
    clock,
    random: () => 0.5,
    userAgent: "provider/1.0",
    ...options,
  });
  return { client, clock };
}

function observeInto(seen: object[]): ExchangeObserver {
  return (begin) => {
    seen.push(begin);
    return (end) => void seen.push({ ...begin, end: "error" in end ? end.error.name : end.status });
  };
}

/** Awaits a call while the clock advances. */
async function passing<R>(clock: ManualClock, call: Promise<R>): Promise<R> {
  const [result] = await Promise.allSettled([call, clock.advance(120_000)]);
  if (result.status === "rejected") {
    throw result.reason;
  }
  return result.value;
}

describe("KubeClient verbs", () => {
  it("sends every digit of what it has got", async () => {
    const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","n":9007199254740993}}';
    const script = new Script({ expect: `GET ${path}`, text }, { expect: `PATCH ${path}`, text });
    const { client } = start(script);

    const read = await client.get(configMaps, ref, signal);
    await client.mergePatch(configMaps, ref, read, { signal });

    assert.equal(script.requests[1]?.body, text);
  });

  it("gets an object", async () => {
    const script = new Script({ expect: `GET ${path}`, json: configMap });

    const found = await start(script).client.get(configMaps, ref, signal);

    assert.deepEqual(found, configMap);
    assert.deepEqual(script.requests[0]?.headers, { accept: "application/json", "user-agent": "provider/1.0" });
  });

  it("creates an object in its namespace", async () => {
    const script = new Script({ expect: `POST ${collection}`, status: 201, json: configMap });

    await start(script).client.create(configMaps, configMap, signal);

    assert.deepEqual(script.body(0), configMap);
    assert.equal(script.requests[0]?.headers["content-type"], "application/json");
  });

  it("applies with the field manager, and with force only when asked", async () => {
    const script = new Script(
      { expect: `PATCH ${path}`, json: configMap },
      { expect: `PATCH ${path}/status`, json: configMap },
    );
    const { client } = start(script);

    await client.apply(configMaps, configMap, { fieldManager: "me", signal });
    await client.apply(configMaps, configMap, { fieldManager: "me", force: true, subresource: "status", signal });

    assert.deepEqual(script.query(0), { fieldManager: "me" });
    assert.deepEqual(script.query(1), { fieldManager: "me", force: "true" });
    assert.equal(script.requests[0]?.headers["content-type"], "application/apply-patch+yaml");
  });

  it("sends merge and JSON patches as what they are", async () => {
    const script = new Script(
      { expect: `PATCH ${path}`, json: configMap },
      { expect: `PATCH ${path}`, json: configMap },
    );
    const { client } = start(script);

    await client.mergePatch(configMaps, ref, { data: { key: null } }, { signal });
    await client.jsonPatch(configMaps, ref, [{ op: "remove", path: "/data/key" }], { signal });

    assert.deepEqual(
      script.requests.map(({ headers }) => headers["content-type"]),
      ["application/merge-patch+json", "application/json-patch+json"],
    );
    assert.deepEqual(
      [script.body(0), script.body(1)],
      [{ data: { key: null } }, [{ op: "remove", path: "/data/key" }]],
    );
  });

  it("asks for the metadata of what it writes when nobody reads more", async () => {
    const kind = "PartialObjectMetadata";
    const partial = { apiVersion: "meta.k8s.io/v1", kind, metadata: { ...configMap.metadata, uid: "u1" } };
    const held = { ...partial.metadata, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/a"] };
    const script = new Script(
      { expect: `POST ${collection}`, status: 201, json: partial },
      { expect: `PATCH ${path}`, json: partial },
      { expect: `PATCH ${path}`, json: partial },
      // A server, or a proxy, that does not know that form.
      { expect: `PATCH ${path}`, json: { ...configMap, metadata: partial.metadata } },
      { expect: `DELETE ${path}`, json: { ...partial, metadata: held } },
      { expect: `DELETE ${path}`, json: { kind: "Status", status: "Success", metadata: {} } },
    );
    const { client } = start(script);
    const bare = metadataOf(configMaps);

    const written = [
      await client.create(bare, configMap, signal),
      await client.apply(bare, configMap, { fieldManager: "me", signal }),
      await client.mergePatch(bare, ref, {}, { signal }),
      await client.jsonPatch(bare, ref, [], { signal }),
    ];
    const left = await client.deleteIfExists(bare, configMap, { signal });
    const gone = await client.deleteIfExists(bare, configMap, { signal });

    const expected = { apiVersion: "v1", kind: "ConfigMap", metadata: partial.metadata };
    assert.deepEqual(written, [expected, expected, expected, expected]);
    assert.deepEqual(left, { ...expected, metadata: held });
    assert.equal(gone, undefined);
    assert.deepEqual(
      [...new Set(script.requests.map(({ headers }) => headers["accept"]))],
      ["application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"],
    );
  });

  it("deletes with preconditions", async () => {
    const script = new Script({ expect: `DELETE ${path}`, json: { kind: "Status", status: "Success" } });

    await start(script).client.delete(configMaps, ref, { uid: "u1", propagationPolicy: "Foreground", signal });

    assert.deepEqual(script.body(0), {
      apiVersion: "v1",
      kind: "DeleteOptions",
      preconditions: { uid: "u1" },
      propagationPolicy: "Foreground",
    });
  });

  it("returns what is left of a deleted object while finalizers hold it", async () => {
    const going = { name: "a", uid: "u1", deletionTimestamp: "2026-01-01T00:00:00Z" };
    const held = { ...configMap, metadata: { ...going, finalizers: ["example.com/theirs"] } };
    const script = new Script(
      { expect: `DELETE ${path}`, json: held },
      { expect: `DELETE ${path}`, json: { ...configMap, metadata: going } },
      { expect: `DELETE ${path}`, json: { kind: "Status", status: "Success", metadata: {} } },
    );
    const { client } = start(script);

    assert.deepEqual(await client.delete(configMaps, ref, { uid: "u1", signal }), held);
    assert.equal(await client.delete(configMaps, ref, { uid: "u1", signal }), undefined);
    assert.equal(await client.delete(configMaps, ref, { uid: "u1", signal }), undefined);
  });

  it("finds an object, and says so when there is none", async () => {
    const script = new Script(
      { expect: `GET ${path}`, json: configMap },
      { expect: `GET ${path}`, ...refusal(404, "NotFound") },
      { expect: `GET ${path}`, ...refusal(403, "Forbidden") },
    );
    const { client } = start(script);

    assert.deepEqual(await client.find(configMaps, ref, signal), configMap);
    assert.equal(await client.find(configMaps, ref, signal), undefined);
    await assert.rejects(client.find(configMaps, ref, signal), ForbiddenError);
  });

  it("deletes only the object that was read, and only as it was read when asked", async () => {
    const read = { ...configMap, metadata: { ...ref, uid: "u1", resourceVersion: "7" } };
    const script = new Script(
      { expect: `DELETE ${path}`, json: read },
      { expect: `DELETE ${path}`, ...refusal(404, "NotFound") },
      { expect: `DELETE ${path}`, ...refusal(409, "Conflict") },
    );
    const { client } = start(script);

    assert.deepEqual(await client.deleteIfExists(configMaps, read, { signal }), read);
    assert.equal(await client.deleteIfExists(configMaps, read, { signal }), undefined);
    await assert.rejects(client.deleteIfExists(configMaps, read, { onlyUnchanged: true, signal }), ConflictError);

    const preconditions = [0, 1, 2].map((index) => (script.body(index) as { preconditions: unknown }).preconditions);
    assert.deepEqual(preconditions, [{ uid: "u1" }, { uid: "u1" }, { uid: "u1", resourceVersion: "7" }]);
  });

  it("asks for a review, and returns what the server says of it", async () => {
    const script = new Script(
      { expect: "POST /apis/authentication.k8s.io/v1/tokenreviews", ...refusal(500, "InternalError") },
      { expect: "POST /apis/authentication.k8s.io/v1/tokenreviews", status: 201, json: { status: { user: {} } } },
      { expect: "POST /apis/authentication.k8s.io/v1/tokenreviews", status: 201, json: {} },
    );
    const { client, clock } = start(script);

    assert.deepEqual(await passing(clock, client.review(tokenReviews, { token: "t" }, signal)), { user: {} });
    await assert.rejects(client.review(tokenReviews, { token: "t" }, signal), (error) => {
      assert.ok(error instanceof MalformedAnswerError);
      return /^POST .*tokenreviews: the answer has no status$/.test(error.message);
    });
    const sent = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: "t" } };
    assert.deepEqual(script.body(0), sent);
  });

  it("reads the version", async () => {
    const script = new Script({ expect: "GET /version", json: { gitVersion: "v1.33.1" } });

    assert.equal(await start(script).client.version(signal), "v1.33.1");
    const stranger = new Script({ expect: "GET /version", json: { version: "1" } });
    await assert.rejects(start(stranger).client.version(signal), /has no gitVersion/);
  });

  it("does not send a request for an object without a usable name or namespace", async () => {
    const { client } = start(new Script());

    await assert.rejects(
      client.create(configMaps, { ...configMap, metadata: { name: "a" } }, signal),
      /needs a namespace/,
    );
    await assert.rejects(client.get(namespaces, { name: ".." }, signal), /cannot be the name/);
    await assert.rejects(client.get(configMaps, { name: "settings" }, signal), /a ConfigMap needs a namespace/);
    await assert.rejects(client.get(namespaces, { name: "" }, signal), /cannot be the name/);
  });
});

describe("KubeClient.list", () => {
  it("collects all pages and fills in what lists of built-in types leave out", async () => {
    const script = new Script(
      {
        expect: `GET ${collection}`,
        json: { metadata: { resourceVersion: "7", continue: "next" }, items: [{ metadata: ref }] },
      },
      {
        expect: `GET ${collection}`,
        json: { metadata: { resourceVersion: "7" }, items: [{ metadata: { name: "other" } }] },
      },
    );

    const list = await start(script).client.list(configMaps, { namespace: "team", labelSelector: "a=b", signal });

    assert.deepEqual(list, {
      resourceVersion: "7",
      items: [
        { apiVersion: "v1", kind: "ConfigMap", metadata: ref },
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "other" } },
      ],
    });
    assert.deepEqual(script.query(0), { limit: "500", labelSelector: "a=b" });
    assert.deepEqual(script.query(1), { limit: "500", continue: "next", labelSelector: "a=b" });
  });

  it("lists in one piece when the server has forgotten the continue token", async () => {
    const script = new Script(
      {
        expect: "GET /api/v1/configmaps",
        json: { metadata: { resourceVersion: "7", continue: "next" }, items: [{ metadata: ref }] },
      },
      { expect: "GET /api/v1/configmaps", ...refusal(410, "Expired") },
      { expect: "GET /api/v1/configmaps", json: { metadata: { resourceVersion: "9" }, items: [] } },
    );

    const list = await start(script).client.list(configMaps, { signal });

    assert.deepEqual(list, { resourceVersion: "9", items: [] });
    assert.deepEqual(script.query(2), {});
  });
});

function withoutData(object: ConfigMap): ConfigMap {
  return { ...object, data: {} };
}

describe("KubeClient.list with what is kept of each object", () => {
  it("has asked for the next page before it takes in the one before", async () => {
    const asked: string[] = [];
    const askedWhenKept: number[] = [];
    const transport: Transport = (request) => {
      asked.push(request.path);
      const metadata = { resourceVersion: "7", ...(asked.length < 3 && { continue: "next" }) };
      const json = JSON.stringify({ metadata, items: [{ metadata: { name: `page-${asked.length}` } }] });
      return Promise.resolve({ status: 200, headers: {}, body: chunksOf(json) });
    };
    const { client } = start(new Script(), { transport });
    const keep = (object: ConfigMap): ConfigMap => {
      askedWhenKept.push(asked.length);
      return withoutData(object);
    };

    const { items } = await client.list(configMaps, { signal, keep });

    assert.deepEqual(
      items.map(({ metadata: { name }, data }) => ({ name, data })),
      ["page-1", "page-2", "page-3"].map((name) => ({ name, data: {} })),
    );
    assert.deepEqual(askedWhenKept, [2, 3, 3]);
  });

  it("keeps of one large page what it keeps of many, when the server has forgotten the continue token", async () => {
    const script = new Script(
      {
        expect: "GET /api/v1/configmaps",
        json: { metadata: { resourceVersion: "7", continue: "next" }, items: [{ metadata: ref }] },
      },
      { expect: "GET /api/v1/configmaps", ...refusal(410, "Expired") },
      { expect: "GET /api/v1/configmaps", json: { metadata: { resourceVersion: "9" }, items: [{ metadata: ref }] } },
    );

    const { items } = await start(script).client.list(configMaps, { signal, keep: withoutData });

    assert.deepEqual(items, [{ apiVersion: "v1", kind: "ConfigMap", metadata: ref, data: {} }]);
  });
});

const endless: Transport = () =>
  Promise.resolve({
    status: 200,
    headers: {},
    body: chunksOf(JSON.stringify({ metadata: { continue: "next" }, items: [{ metadata: ref }] })),
  });

describe("KubeClient.pages", () => {
  const firstPage: Step = {
    expect: `GET ${collection}`,
    json: { metadata: { resourceVersion: "7", continue: "next" }, items: [{ metadata: ref }] },
  };

  it("asks for the next page while its reader deals with one", async () => {
    const other = { ...ref, name: "other" };
    const script = new Script(firstPage, {
      expect: `GET ${collection}`,
      json: { metadata: { resourceVersion: "7" }, items: [{ metadata: other }] },
    });
    const { client } = start(script);
    const seen: string[] = [];

    for await (const { items } of client.pages(configMaps, { namespace: "team", labelSelector: "a=b", signal })) {
      seen.push(`${items.map(({ metadata }) => metadata.name).join()} after ${script.requests.length} requests`);
    }

    assert.deepEqual(seen, ["settings after 2 requests", "other after 2 requests"]);
    assert.deepEqual(script.query(1), { limit: "500", continue: "next", labelSelector: "a=b" });
  });

  it("says so when the server has forgotten the continue token", async () => {
    const script = new Script(firstPage, { expect: `GET ${collection}`, ...refusal(410, "Expired") });
    const { client } = start(script);

    await assert.rejects(Array.fromAsync(client.pages(configMaps, { namespace: "team", signal })), GoneError);
  });

  it("gives up the page that its reader does not want any more", async () => {
    const script = new Script(firstPage, { expect: `GET ${collection}`, isSilent: true });

    for await (const { resourceVersion } of start(script).client.pages(configMaps, { namespace: "team", signal })) {
      assert.equal(resourceVersion, "7");
      break;
    }

    assert.equal(script.requests.length, 2);
    assert.equal(script.requests[1]?.signal.aborted, true);
  });
});

describe("KubeClient.list of a server that sends too much", () => {
  it("reads no further than it may, pages all together, and says so", async () => {
    const { client } = start(new Script(), { transport: endless, maxListBytes: 1000 });

    await assert.rejects(client.list(configMaps, { signal }), (error) => {
      assert.ok(error instanceof MalformedAnswerError);
      assert.match(error.message, /^GET \/api\/v1\/configmaps: expected a list of at most 1000 bytes in all its pages/);
      return true;
    });
  });

  it("reads no page that is larger than the whole may be", async () => {
    const script = new Script({ expect: "GET /api/v1/configmaps", text: " ".repeat(1001) });
    const { client } = start(script, { maxListBytes: 1000 });

    await assert.rejects(client.list(configMaps, { signal }), /expected an answer of at most 1000 bytes, found more/);
  });

  it("gives up on quick pages that hold next to nothing, and have no end", async () => {
    let pages = 0;
    const quick: Transport = (request) => {
      pages += 1;
      return endless(request);
    };
    const { client } = start(new Script(), { transport: quick, maxListBytes: 20_000_000 });

    await assert.rejects(client.list(configMaps, { signal }), MalformedAnswerError);
    assert.ok(pages < 1000, String(pages));
  });

  it("gives up on pages that have no end", async () => {
    const clock = new ManualClock();
    const slow: Transport = async (request) => {
      await clock.sleep(4000, request.signal);
      request.signal.throwIfAborted();
      return endless(request);
    };
    const { client } = start(new Script(), { transport: slow, clock, requestTimeoutMs: 5000 });

    await assert.rejects(passing(clock, client.list(configMaps, { signal })), (error) => {
      assert.ok(error instanceof UnreachableError);
      assert.equal(error.message, "GET /api/v1/configmaps: no answer within 50000 ms");
      return true;
    });
  });
});

describe("KubeClient.list of nothing", () => {
  const metadata = { resourceVersion: "1" };

  for (const [what, list] of [
    ["an empty list", { kind: "ConfigMapList", metadata, items: [] }],
    ["null", { kind: "ConfigMapList", metadata, items: null }],
    ["no items at all", { kind: "ConfigMapList", metadata }],
  ] as const) {
    it(`takes ${what} for an empty list`, async () => {
      const script = new Script({ expect: `GET ${collection}`, json: list });

      const found = await start(script).client.list(configMaps, { namespace: "team", signal });

      assert.deepEqual(found, { items: [], resourceVersion: "1" });
    });
  }

  it("goes on to the next page after one without items", async () => {
    const page = { kind: "ConfigMapList", metadata: { ...metadata, continue: "more" }, items: null };
    const script = new Script(
      { expect: `GET ${collection}`, json: page },
      { expect: `GET ${collection}`, json: { kind: "ConfigMapList", metadata, items: [configMap] } },
    );

    const { items } = await start(script).client.list(configMaps, { namespace: "team", signal });

    assert.equal(items.length, 1);
  });

  for (const [what, answer] of [
    ["an object", { kind: "ConfigMap", metadata }],
    ["something without kind", { metadata, items: null }],
    ["a list whose items are an object", { kind: "ConfigMapList", metadata, items: {} }],
    ["a list without metadata", { kind: "ConfigMapList", items: null }],
  ] as const) {
    it(`does not take ${what} for an empty list`, async () => {
      const script = new Script({ expect: `GET ${collection}`, json: answer });

      await assert.rejects(start(script).client.list(configMaps, { namespace: "team", signal }), MalformedAnswerError);
    });
  }
});

describe("KubeClient.listMetadata", () => {
  const things = { group: "example.com", version: "v1", kind: "Thing", plural: "things", namespaced: false };
  const thingsPath = "GET /apis/example.com/v1/things";
  const partial = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" };
  const list = { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1" };

  function ask(json: unknown): { readonly script: Script; readonly answer: ReturnType<KubeClient["listMetadata"]> } {
    const script = new Script({ expect: thingsPath, json });
    return { script, answer: start(script).client.listMetadata(things, { limit: 2, signal }) };
  }

  it("asks for metadata, and falls back to whole objects", async () => {
    const metadata = { resourceVersion: "7", continue: "next", remainingItemCount: 4 };
    const { script, answer } = ask({ ...list, metadata, items: [{ ...partial, metadata: { name: "a" } }] });

    const items = [{ apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "a" } }];
    assert.deepEqual(await answer, { items, remaining: 4, resourceVersion: "7" });
    assert.deepEqual(script.query(0), { limit: "2" });
    assert.equal(
      script.requests[0]?.headers["accept"],
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
    );
  });

  it("takes a server that sends all objects, whole ones, for one that sends the first", async () => {
    const items = ["a", "b", "c"].map((name) => ({ kind: "Thing", metadata: { name }, spec: { size: 1 } }));
    const { answer } = ask({ kind: "ThingList", metadata: { resourceVersion: "7" }, items });

    const found = await answer;
    assert.deepEqual(
      found.items.map((item) => [item.metadata.name, "spec" in item]),
      [
        ["a", false],
        ["b", false],
      ],
    );
    assert.equal(found.remaining, 1);
  });

  for (const [count, remaining] of [
    [undefined, 1],
    [-5, 1],
    [1e300, 1],
    ["many", 1],
  ] as const) {
    it(`counts at least one more where a server continues and gives ${String(count)} as the number`, async () => {
      const metadata = { resourceVersion: "7", continue: "next", remainingItemCount: count };

      assert.equal((await ask({ ...list, metadata, items: [] }).answer).remaining, remaining);
    });
  }

  for (const json of [
    { ...list, metadata: {}, items: [{ ...partial, metadata: {} }] },
    { ...list, metadata: {}, items: [{ kind: "Secret", metadata: { name: "a" } }] },
    { ...list, metadata: {}, items: ["a"] },
    { ...partial, metadata: { name: "a" } },
  ]) {
    it(`refuses ${JSON.stringify(json)}`, async () => {
      await assert.rejects(ask(json).answer, MalformedAnswerError);
    });
  }
});

describe("KubeClient.list failures", () => {
  it("reports a page that is refused", async () => {
    const script = new Script(
      { expect: "GET /api/v1/configmaps", json: { metadata: { continue: "next" }, items: [] } },
      { expect: "GET /api/v1/configmaps", ...refusal(403, "Forbidden") },
    );

    await assert.rejects(start(script).client.list(configMaps, { signal }), ForbiddenError);
  });

  for (const json of [
    [],
    { items: [] },
    { metadata: {}, items: {} },
    { metadata: {}, items: [{ kind: "ConfigMap" }] },
  ]) {
    it(`refuses ${JSON.stringify(json)} as a list`, async () => {
      const script = new Script({ expect: "GET /api/v1/configmaps", json });

      await assert.rejects(start(script).client.list(configMaps, { signal }), MalformedAnswerError);
    });
  }
});

describe("KubeClient errors", () => {
  for (const [code, reason, kind] of [
    [401, "Unauthorized", UnauthorizedError],
    [403, "Forbidden", ForbiddenError],
    [404, "NotFound", NotFoundError],
    [409, "AlreadyExists", AlreadyExistsError],
    [409, "Conflict", ConflictError],
    [413, "RequestEntityTooLarge", TooLargeError],
    [422, "Invalid", InvalidError],
  ] as const) {
    it(`throws ${kind.name} with the server's words for ${code} ${reason}`, async () => {
      const script = new Script({ expect: `GET ${path}`, ...refusal(code, reason) });

      await assert.rejects(start(script).client.get(configMaps, ref, signal), (error) => {
        assert.ok(error instanceof kind);
        assert.equal(error.message, `GET ${path}: the server's words (${code} ${reason})`);
        assert.equal(error.code, code);
        return true;
      });
    });
  }

  for (const said of [
    "etcdserver: request is too large",
    "rpc error: trying to send message larger than max (2 vs. 1)",
  ]) {
    it(`throws TooLargeError when the server's storage says "${said}"`, async () => {
      const script = new Script({ expect: `GET ${path}`, ...refusal(500, "", said) });

      await assert.rejects(start(script).client.get(configMaps, ref, signal), TooLargeError);
    });
  }

  it("quotes neither the query nor a body that is not a Status", async () => {
    const script = new Script({ expect: "GET /api/v1/secrets", status: 400, text: "<html>hunter2</html>" });
    const listing = start(script).client.list(
      { ...configMaps, plural: "secrets" },
      { fieldSelector: "hunter2", signal },
    );

    await assert.rejects(listing, (error: Error) => !error.message.includes("hunter2"));
  });

  it("does not quote an answer that cannot be parsed", async () => {
    const script = new Script({ expect: `GET ${path}`, text: "hunter2" });

    await assert.rejects(start(script).client.get(configMaps, ref, signal), (error) => {
      assert.ok(error instanceof MalformedAnswerError);
      assert.ok(!`${error.stack} ${String(error.cause)}`.includes("hunter2"));
      return true;
    });
  });

  it("refuses an answer that is larger than an object may be", async () => {
    const script = new Script({ expect: `GET ${path}`, text: " ".repeat(10_000_001) });

    await assert.rejects(start(script).client.get(configMaps, ref, signal), MalformedAnswerError);
  });

  it("refuses an answer of another kind", async () => {
    const script = new Script({ expect: `GET ${path}`, json: { ...configMap, kind: "Secret" } });

    await assert.rejects(start(script).client.get(configMaps, ref, signal), /is not a ConfigMap/);
  });
});

describe("KubeClient repetition", () => {
  const broken = refused("ECONNRESET");
  const throttled = { ...refusal(429, "TooManyRequests"), headers: { "retry-after": "2" } };

  it("repeats reads on passing failures", async () => {
    const script = new Script(
      { expect: `GET ${path}`, failure: broken },
      { expect: `GET ${path}`, ...refusal(500, "InternalError") },
      { expect: `GET ${path}`, json: configMap },
    );
    const { client, clock } = start(script);

    assert.deepEqual(await passing(clock, client.get(configMaps, ref, signal)), configMap);
  });

  it("gives up after three attempts with the typed error", async () => {
    const script = new Script(...Array.from({ length: 3 }, () => ({ expect: `GET ${path}`, ...throttled })));
    const { client, clock } = start(script);

    await assert.rejects(passing(clock, client.get(configMaps, ref, signal)), TooManyRequestsError);
    script.assertFinished();
  });

  it("waits at least as long as the server asks", async () => {
    const script = new Script({ expect: `GET ${path}`, ...throttled }, { expect: `GET ${path}`, json: configMap });
    const { client, clock } = start(script);

    const getting = client.get(configMaps, ref, signal);
    await clock.advance(1_999);
    assert.equal(script.requests.length, 1);
    await clock.advance(201);

    assert.deepEqual(await getting, configMap);
  });

  it("does not wait for a server that asks for too much patience", async () => {
    const script = new Script({ expect: `GET ${path}`, ...throttled, headers: { "retry-after": "3600" } });

    await assert.rejects(start(script).client.get(configMaps, ref, signal), { retryAfterMs: 3_600_000 });
  });

  it("repeats a create only when the server did not act on it", async () => {
    const script = new Script(
      { expect: `POST ${collection}`, failure: refused("ECONNREFUSED") },
      { expect: `POST ${collection}`, ...refusal(503, "ServiceUnavailable"), headers: { "retry-after": "1" } },
      { expect: `POST ${collection}`, json: configMap },
    );
    const { client, clock } = start(script);

    assert.deepEqual(await passing(clock, client.create(configMaps, configMap, signal)), configMap);
  });

  it("does not repeat a create that may have been carried out", async () => {
    for (const step of [{ failure: broken }, refusal(500, "InternalError"), refusal(503, "ServiceUnavailable")]) {
      const script = new Script({ expect: `POST ${collection}`, ...step });
      const { client, clock } = start(script);

      await assert.rejects(passing(clock, client.create(configMaps, configMap, signal)));
    }
  });

  it("repeats server-side apply after a broken connection, but not after a failure of the server", async () => {
    const script = new Script(
      { expect: `PATCH ${path}`, failure: broken },
      { expect: `PATCH ${path}`, ...refusal(500, "X") },
    );
    const { client, clock } = start(script);

    await assert.rejects(
      passing(clock, client.apply(configMaps, configMap, { fieldManager: "me", signal })),
      ServerError,
    );
  });

  it("repeats a delete after a broken connection only when it names the uid", async () => {
    const script = new Script(
      { expect: `DELETE ${path}`, failure: broken },
      { expect: `DELETE ${path}`, failure: broken },
      { expect: `DELETE ${path}` },
    );
    const { client, clock } = start(script);

    await assert.rejects(client.delete(configMaps, ref, { signal }), UnreachableError);
    await passing(clock, client.delete(configMaps, ref, { uid: "u1", signal }));
    script.assertFinished();
  });
});

describe("KubeClient time", () => {
  it("gives up on a server that does not answer", async () => {
    const script = new Script(...Array.from({ length: 3 }, () => ({ expect: `GET ${path}`, isSilent: true })));
    const { client, clock } = start(script, { requestTimeoutMs: 5_000 });

    await assert.rejects(passing(clock, client.get(configMaps, ref, signal)), (error) => {
      assert.ok(error instanceof UnreachableError);
      assert.equal(error.message, `GET ${path}: no answer within 5000 ms`);
      return true;
    });
  });

  it("ends with the caller's reason when the caller gives up", async () => {
    const stop = new AbortController();
    const { client } = start(new Script({ expect: `GET ${path}`, isSilent: true }));

    const getting = client.get(configMaps, ref, stop.signal);
    await settle();
    stop.abort(new Error("enough"));

    await assert.rejects(getting, /^Error: enough$/);
  });

  it("reports each exchange", async () => {
    const reports: RequestReport[] = [];
    const script = new Script(
      { expect: `GET ${path}`, failure: refused("ECONNRESET") },
      { expect: `GET ${path}`, json: configMap },
    );
    const { client, clock } = start(script, { host: "api:6443", onRequest: (report) => reports.push(report) });

    await passing(clock, client.get(configMaps, ref, signal));

    assert.deepEqual(reports, [
      { method: "GET", code: "<error>", host: "api:6443", durationMs: 0 },
      { method: "GET", code: "200", host: "api:6443", durationMs: 0 },
    ]);
  });

  it("tells an observer of the begin and the end of each exchange, and never of its query", async () => {
    const seen: object[] = [];
    const { client, clock } = start(
      new Script(
        { expect: `GET ${collection}`, failure: refused("ECONNRESET") },
        { expect: `GET ${collection}`, json: { metadata: {}, items: [configMap] } },
        { expect: `GET ${path}`, ...refusal(404, "NotFound") },
      ),
      { host: "platform", onExchange: observeInto(seen) },
    );

    await passing(clock, client.list(configMaps, { namespace: "team", labelSelector: "a=b", signal }));
    await passing(clock, client.find(configMaps, ref, signal));

    const list = { method: "GET", path: collection, host: "platform" };
    assert.deepEqual(seen, [
      list,
      { ...list, end: "UnreachableError" },
      list,
      { ...list, end: 200 },
      { ...list, path },
      { ...list, path, end: 404 },
    ]);
  });

  it("ends a watch for an observer when the server has accepted it", async () => {
    const seen: object[] = [];
    const chunks = openEnded(`${JSON.stringify({ type: "ADDED", object: configMap })}\n`);
    const { client } = start(new Script({ expect: `GET ${collection}`, chunks }), { onExchange: observeInto(seen) });
    const stop = new AbortController();

    const watch = client.watch(configMaps, { namespace: "team", resourceVersion: "1", signal: stop.signal });
    await watch.next();

    const begin = { method: "GET", path: collection, host: "" };
    assert.deepEqual(seen, [begin, { ...begin, end: 200 }]);
    stop.abort();
    await watch.next();
  });
});
