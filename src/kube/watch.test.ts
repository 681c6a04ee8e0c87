import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { KubeClient, type RawWatchEvent } from "./client.ts";
import { type ConfigMap, configMaps } from "./core.ts";
import { ForbiddenError, GoneError, MalformedAnswerError, SilentWatchError, UnreachableError } from "./errors.ts";
import { ManualClock, settle } from "./testing/manual-clock.ts";
import { chunksOf, openEnded, Script, type Step } from "./testing/script.ts";
import { splitLines } from "./watch.ts";

const expect = "GET /api/v1/namespaces/team/configmaps";
const object: ConfigMap = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "größe", namespace: "team", resourceVersion: "8" },
};
const bookmark = { type: "BOOKMARK", object: { kind: "ConfigMap", metadata: { resourceVersion: "9" } } };

async function* broken(): AsyncGenerator<Uint8Array> {
  yield* chunksOf(line(bookmark));
  throw new Error("other side closed");
}

function line(event: unknown): string {
  return `${JSON.stringify(event)}\n`;
}

function start(script: Script): {
  clock: ManualClock;
  stop: AbortController;
  events: RawWatchEvent[];
  watching: Promise<void>;
} {
  const clock = new ManualClock();
  const stop = new AbortController();
  const events: RawWatchEvent[] = [];
  const client = new KubeClient({ transport: script.transport, clock, random: () => 0.5, userAgent: "test" });
  const watch = async (): Promise<void> => {
    const options = { namespace: "team", resourceVersion: "7", signal: stop.signal };
    for await (const event of client.watch(configMaps, options)) {
      events.push(event);
    }
  };
  return { clock, stop, events, watching: watch() };
}

describe("KubeClient.watch", () => {
  it("keeps every digit of an object", async () => {
    const event = line({ type: "ADDED", object }).replace('"metadata":{', '"metadata":{"n":9007199254740993,');
    const script = new Script({ expect, text: event + line(bookmark) });

    const { events, watching } = start(script);
    await watching;

    const metadata = { ...object.metadata, n: 9007199254740993n };
    assert.deepEqual(events[0], { type: "ADDED", object: { ...object, metadata } });
  });

  it("asks for metadata only, and drops the content that a server sends all the same", async () => {
    const { metadata } = object;
    const partial = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
    const text = [{ type: "ADDED", object: partial }, { type: "MODIFIED", object: { ...object, data: {} } }, bookmark];
    const script = new Script({ expect, text: text.map(line).join("") });
    const client = new KubeClient({ transport: script.transport, clock: new ManualClock(), userAgent: "test" });

    const { signal } = new AbortController();
    const events = await Array.fromAsync(
      client.watchMetadata(configMaps, { namespace: "team", resourceVersion: "7", signal }),
    );

    const bare = { apiVersion: "v1", kind: "ConfigMap", metadata };
    assert.deepEqual(events, [
      { type: "ADDED", object: bare },
      { type: "MODIFIED", object: bare },
      { type: "BOOKMARK", resourceVersion: "9" },
    ]);
    assert.equal(
      script.requests[0]?.headers["accept"],
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
    );
  });

  it("holds no line that no stored object has, where it asks for metadata only", async () => {
    const bytes = Buffer.from(line({ type: "ADDED", object: { ...object, data: { content: "x".repeat(2_000_000) } } }));
    const chunks = (): Step => ({ expect, chunks: cut(bytes, [bytes.length - 1]) });
    const { transport } = new Script(chunks(), chunks());
    const client = new KubeClient({ transport, clock: new ManualClock(), userAgent: "test" });
    const options = { namespace: "team", resourceVersion: "7", signal: new AbortController().signal };

    await assert.rejects(Array.fromAsync(client.watchMetadata(configMaps, options)), MalformedAnswerError);
    assert.equal((await Array.fromAsync(client.watch(configMaps, options))).length, 1);
  });

  it("yields events and bookmarks until the server closes the stream", async () => {
    const script = new Script({ expect, text: line({ type: "ADDED", object }) + line(bookmark) });

    const { events, watching } = start(script);
    await watching;

    assert.deepEqual(events, [
      { type: "ADDED", object },
      { type: "BOOKMARK", resourceVersion: "9" },
    ]);
    assert.deepEqual(script.query(0), {
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: "7",
      timeoutSeconds: "450",
    });
  });

  it("throws the typed error of an ERROR event", async () => {
    const status = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
    const script = new Script({ expect, text: line({ type: "ERROR", object: status }) });

    await assert.rejects(start(script).watching, (error) => {
      assert.ok(error instanceof GoneError);
      assert.equal(error.message, `${expect}: too old resource version (410 Expired)`);
      return true;
    });
  });

  it("throws the typed error when the watch is refused", async () => {
    const script = new Script({ expect, status: 403, json: { kind: "Status", code: 403, reason: "Forbidden" } });

    await assert.rejects(start(script).watching, ForbiddenError);
  });

  for (const [what, text] of [
    ["is cut off", '{"type":"ADDED","object":{"hunter2'],
    ["is not an event", line({ kind: "hunter2" })],
    ["is of another kind", line({ type: "ADDED", object: { ...object, kind: "hunter2" } })],
  ] as const) {
    it(`throws, naming the resource and quoting nothing, when a line ${what}`, async () => {
      await assert.rejects(start(new Script({ expect, text })).watching, (error) => {
        assert.ok(error instanceof MalformedAnswerError);
        assert.ok(error.message.startsWith(expect));
        assert.ok(!String(error.stack).includes("hunter2"));
        return true;
      });
    });
  }

  it("throws when the connection breaks", async () => {
    const { events, watching } = start(new Script({ expect, chunks: broken() }));

    await assert.rejects(watching, UnreachableError);
    assert.equal(events.length, 1);
  });

  it("throws when nothing came for longer than bookmarks take", async () => {
    const { clock, events, watching } = start(new Script({ expect, chunks: openEnded(line(bookmark)) }));
    const outcome = assert.rejects(watching, SilentWatchError);

    await clock.advance(149_999);
    assert.equal(await Promise.race([outcome.then(() => "ended"), settle().then(() => "open")]), "open");
    await clock.advance(1);

    await outcome;
    assert.equal(events.length, 1);
  });

  it("stays open while something comes now and then", async () => {
    const clock = new ManualClock();
    async function* beats(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 5; count += 1) {
        await clock.sleep(100_000);
        yield* chunksOf(line(bookmark));
      }
    }
    const script = new Script({ expect, chunks: beats() });
    const client = new KubeClient({ transport: script.transport, clock, userAgent: "test" });
    const options = { namespace: "team", resourceVersion: "7", signal: new AbortController().signal };

    const watching = Array.fromAsync(client.watch(configMaps, options));
    await clock.advance(500_000);

    assert.equal((await watching).length, 5);
  });

  it("returns when the caller stops", async () => {
    const { stop, watching } = start(new Script({ expect, chunks: openEnded() }));

    await settle();
    stop.abort();

    await watching;
  });

  it("gives up on a server that does not answer", async () => {
    const { clock, watching } = start(new Script({ expect, isSilent: true }));
    const outcome = assert.rejects(watching, /no answer within 30000 ms/);

    await clock.advance(30_000);

    await outcome;
  });

  it("releases the connection when the consumer has seen enough", async () => {
    const script = new Script({ expect, chunks: openEnded(line({ type: "ADDED", object })) });
    const client = new KubeClient({ transport: script.transport, clock: new ManualClock(), userAgent: "test" });
    const options = { namespace: "team", resourceVersion: "7", signal: new AbortController().signal };

    const watching = client.watch(configMaps, options);
    await watching.next();
    await watching.return(undefined);

    assert.equal(script.requests[0]?.signal.aborted, true);
  });
});

async function* cut(bytes: Uint8Array, at: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = at.map((place) => place % (bytes.length + 1)).toSorted((one, other) => one - other);
  let begin = 0;
  for (const place of [...places, bytes.length]) {
    yield bytes.subarray(begin, place);
    begin = place;
  }
}

describe("splitLines", () => {
  it("yields the same lines wherever the bytes are cut", async () => {
    const lineContent = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", "").toWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(lineContent), fc.array(fc.nat()), async (lines, places) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));

        const seen = await Array.fromAsync(splitLines(cut(bytes, places), 10_000));

        assert.deepEqual(seen, lines);
      }),
    );
  });

  it("yields what follows the last line feed", async () => {
    const seen = await Array.fromAsync(splitLines(cut(Buffer.from("a\n\nb"), [1]), 100));

    assert.deepEqual(seen, ["a", "", "b"]);
  });

  it("refuses a line that is too long, before it has come to its end", async () => {
    const reading = Array.fromAsync(splitLines(cut(Buffer.from("x".repeat(30)), [10, 20]), 15));

    await assert.rejects(reading, /longer than 15/);
  });

  it("refuses bytes that are not UTF-8", async () => {
    const reading = Array.fromAsync(splitLines(cut(Uint8Array.of(0xc3, 0x28, 0x0a), []), 15));

    await assert.rejects(reading, MalformedAnswerError);
  });
});
