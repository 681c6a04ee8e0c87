import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer } from "node:https";
import { type AddressInfo, connect, createServer as createSocketServer, type Socket } from "node:net";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { createServer as createTLSServer, type Server, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { fixedCredentials } from "./credentials.ts";
import { type ConnectionOptions, createTransport } from "./http-transport.ts";
import { ManualClock, settle } from "./testing/manual-clock.ts";
import { issue } from "./testing/x509.ts";
import { type HttpTransport, readText, type TransportRequest, type TransportResponse } from "./transport.ts";

// What connections do when much goes over them, and when they break: over each version of HTTP.

const identity = issue({ subject: "server", names: ["127.0.0.1"] });
const credentials = fixedCredentials({ headers: {} });
const never = new AbortController().signal;
const MEGABYTE = 1024 * 1024;

type Frame = { readonly type: number; readonly flags?: number; readonly stream?: number; readonly payload?: string };

/** Frames of HTTP/2: no settings; a GOAWAY that says that no stream was processed. */
const SETTINGS = frame({ type: 4 });
const GOAWAY_BEFORE_ALL = frame({ type: 7, payload: "0000000000000000" });

/** Of the first stream: headers with status 200, and 4 bytes. */
const HALF_AN_ANSWER = Buffer.concat([
  frame({ type: 1, flags: 4, stream: 1, payload: "88" }),
  frame({ type: 0, stream: 1, payload: "68616c66" }),
]);

function reset(code: number): Buffer {
  return frame({ type: 3, stream: 1, payload: code.toString(16).padStart(8, "0") });
}

function frame({ type, flags = 0, stream = 0, payload = "" }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length / 2, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Buffer.from(payload, "hex")]);
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const SERVERS: Readonly<Record<string, (handler: Handler) => Server>> = {
  "HTTP/1.1": (handler) => createServer(identity, handler),
  // The requests of HTTP/2 have what the handlers use. A kube-apiserver allows 100 streams.
  "HTTP/2": (handler) =>
    createSecureServer(
      { ...identity, settings: { maxConcurrentStreams: 100 }, maxSessionMemory: 100 },
      handler as unknown as Parameters<typeof createSecureServer>[1],
    ),
};

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

function transportTo(port: number, options: ConnectionOptions = {}): HttpTransport {
  const server = `https://127.0.0.1:${port}`;
  return createTransport({ server, ca: identity.cert, insecureSkipTlsVerify: false, credentials }, options);
}

function get(path: string, signal: AbortSignal = never): TransportRequest {
  return { method: "GET", path, headers: {}, signal };
}

/** The chunks of a watch behind the first one. */
async function watch(transport: HttpTransport): Promise<AsyncIterator<Uint8Array>> {
  const { body } = await transport(get("/watch"));
  const iterator = body[Symbol.asyncIterator]();
  await iterator.next();
  return iterator;
}

async function textOf(answer: Promise<TransportResponse>): Promise<string> {
  return readText((await answer).body, 100 * MEGABYTE);
}

/** Sockets of a server, by which a test counts and breaks connections. */
class Sockets {
  readonly open = new Set<Socket>();
  count = 0;

  constructor(server: Pick<Server, "on">, event: "secureConnection" | "connection" = "secureConnection") {
    server.on(event, (socket: Socket) => {
      this.count += 1;
      this.open.add(socket);
      socket.once("close", () => this.open.delete(socket)).on("error", () => {});
    });
  }

  cut(): void {
    this.open.forEach((socket) => socket.destroy());
  }
}

for (const [protocol, serve] of Object.entries(SERVERS)) {
  describe(`connections of ${protocol}`, () => {
    let server: Server;
    let sockets: Sockets;
    let handle: Handler;
    let transport: HttpTransport;
    let stop: AbortController;

    beforeEach(async () => {
      server = serve((request, response) => handle(request, response));
      sockets = new Sockets(server);
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      transport = transportTo(portOf(server));
      stop = new AbortController();
    });

    afterEach(async () => {
      stop.abort();
      sockets.cut();
      server.close();
      await once(server, "close");
    });

    it("answer many requests beside many watches, more than a server takes over one connection", async () => {
      handle = ({ url = "" }, response) => {
        response.write(`first of ${url};`);
        if (!url.startsWith("/watch")) {
          response.end();
        }
      };
      const numbers = Array.from({ length: 150 }, (_, number) => number);

      const watches = await Promise.all(numbers.map((number) => transport(get(`/watch/${number}`, stop.signal))));
      const answers = await Promise.all(numbers.map((number) => textOf(transport(get(`/${number}`)))));

      assert.deepEqual(
        answers,
        numbers.map((number) => `first of /${number};`),
      );
      const starts = await Promise.all(watches.map(({ body }) => body[Symbol.asyncIterator]().next()));
      assert.deepEqual(
        starts.map(({ value }: { readonly value?: Uint8Array }) => Buffer.from(value ?? []).toString()),
        numbers.map((number) => `first of /watch/${number};`),
      );
    });

    it("carry a large list, and other requests while nobody reads a watch that has much to say", async () => {
      const large = "x".repeat(20 * MEGABYTE);
      handle = ({ url = "" }, response) => response.end(url === "/small" ? "small" : large);

      const unread = await transport(get("/watch", stop.signal));
      const list = await textOf(transport(get("/list")));
      const small = await textOf(transport(get("/small")));
      const read = await readText(unread.body, 100 * MEGABYTE);

      assert.deepEqual([list === large, small, read === large], [true, "small", true]);
    });

    it("send a large body", async () => {
      handle = (request, response) => {
        let size = 0;
        request.on("data", (chunk: Buffer) => (size += chunk.length)).on("end", () => response.end(String(size)));
      };
      const body = "ü".repeat(2 * MEGABYTE);

      const size = await textOf(transport({ ...get("/"), method: "POST", body }));

      assert.equal(size, String(4 * MEGABYTE));
    });

    it("end a body with an error when they break in the middle, and carry the next request", async () => {
      handle = ({ url = "" }, response) => {
        response.write("half");
        if (url === "/whole") {
          response.end();
        }
      };
      const watches = await Promise.all([1, 2, 3].map(() => transport(get("/watch"))));
      const readers = watches.map(async ({ body }) => {
        const iterator = body[Symbol.asyncIterator]();
        await iterator.next();
        return iterator;
      });
      const iterators = await Promise.all(readers);

      sockets.cut();

      const ends = await Promise.allSettled(iterators.map((iterator) => iterator.next()));
      assert.deepEqual(
        ends.map(({ status }) => status),
        ["rejected", "rejected", "rejected"],
      );
      assert.equal(await textOf(transport(get("/whole"))), "half");
    });

    it("fail a request that has no answer when they break", async () => {
      const asked = Promise.withResolvers<void>();
      handle = () => asked.resolve();
      const failing = assert.rejects(transport(get("/")), { code: "ECONNRESET" });
      await asked.promise;

      sockets.cut();

      await failing;
    });

    it("let go of a request when its signal is aborted, before and after its answer has begun", async () => {
      const closed: string[] = [];
      const begun = Promise.withResolvers<void>();
      const both = Promise.withResolvers<void>();
      handle = ({ url = "" }, response) => {
        response.on("close", () => {
          if (closed.push(url) === 2) {
            both.resolve();
          }
        });
        if (url === "/begun") {
          response.write("a");
        } else {
          begun.resolve();
        }
      };
      const reason = new Error("enough");
      const silent = assert.rejects(transport(get("/silent", stop.signal)), reason);
      const { body } = await transport(get("/begun", stop.signal));
      await begun.promise;

      stop.abort(reason);

      await silent;
      await assert.rejects(readText(body, 1000), reason);
      await both.promise;
      assert.deepEqual(closed.toSorted(), ["/begun", "/silent"]);
    });

    it("let go of an answer whose reader leaves", async () => {
      const closed = Promise.withResolvers<void>();
      handle = (_request, response) => {
        response.on("close", closed.resolve);
        response.write("a");
      };
      const { body } = await transport(get("/"));

      await body[Symbol.asyncIterator]().return?.();

      await closed.promise;
    });

    for (const [what, leave] of [
      ["its reader leaves", (body) => body[Symbol.asyncIterator]().return?.()],
      ["its signal is aborted", () => stop.abort(new Error("enough"))],
    ] satisfies [string, (body: AsyncIterable<Uint8Array>) => unknown][]) {
      it(`let go of an answer that has come whole and is not read when ${what}`, async () => {
        const sent = Promise.withResolvers<void>();
        handle = ({ url }, response) => {
          if (url === "/large") {
            response.on("close", sent.resolve);
          }
          response.end(url === "/large" ? Buffer.alloc(0.9 * MEGABYTE) : "");
        };
        const { body } = await transport(get("/large", stop.signal));
        await sent.promise;
        // Over HTTP/2 this answer comes after the end of the large one.
        await textOf(transport(get("/")));

        await leave(body);

        await transport.close();
      });
    }

    it("do not begin what is aborted already", async () => {
      handle = () => assert.fail("a request came");
      stop.abort(new Error("enough"));

      await assert.rejects(transport(get("/", stop.signal)), /enough/);

      assert.equal(sockets.count, 0);
    });

    it("close when the last request has ended, and not before", async () => {
      handle = (_request, response) => {
        response.write("a");
        finish = () => response.end("b");
      };
      let finish: (() => void) | undefined;
      const { body } = await transport(get("/"));
      let isClosed = false;
      const closing = transport.close().then(() => {
        isClosed = true;
      });
      await settle();
      assert.equal(isClosed, false);

      finish?.();

      assert.equal(await readText(body, 1000), "ab");
      await closing;
      await assert.rejects(transport(get("/")), /closed/);
    });

    it("do not keep a process alive that has nothing to wait for", async () => {
      handle = (_request, response) => response.end("the answer");
      const program = `
        import { createTransport } from "./src/kube/http-transport.ts";
        import { readText } from "./src/kube/transport.ts";
        const credentials = () => Promise.resolve({ headers: {} });
        const transport = createTransport({ server: "https://127.0.0.1:${portOf(server)}", insecureSkipTlsVerify: true, credentials });
        const { body } = await transport({ method: "GET", path: "/", headers: {}, signal: new AbortController().signal });
        console.log(await readText(body, 1000));`;

      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);

      assert.equal(stdout, "the answer\n");
    });
  });
}

describe("connections of HTTP/2", () => {
  let server: Http2SecureServer;
  let sockets: Sockets;
  let sessions: ServerHttp2Session[];
  let onStream: (stream: ServerHttp2Stream, path: string) => void;

  beforeEach(async () => {
    server = createSecureServer({ ...identity, allowHTTP1: true, settings: { maxConcurrentStreams: 100 } });
    sockets = new Sockets(server);
    sessions = [];
    server.on("session", (session) => sessions.push(session.on("error", () => {})));
    server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      onStream(stream as ServerHttp2Stream, String(headers[":path"]));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterEach(async () => {
    sockets.cut();
    server.close();
    await once(server, "close");
  });

  it("are one for requests and watches that a server takes over one", async () => {
    onStream = (stream, path) => {
      stream.respond();
      stream.write("a");
      if (path !== "/watch") {
        stream.end();
      }
    };
    const transport = transportTo(portOf(server));

    await Promise.all(Array.from({ length: 40 }, () => transport(get("/watch"))));
    await Promise.all(Array.from({ length: 40 }, () => textOf(transport(get("/")))));

    assert.equal(sockets.count, 1);
  });

  it("carry what was begun to its end when the server takes no more requests, and are replaced", async () => {
    let finish: (() => void) | undefined;
    onStream = (stream, path) => {
      stream.respond();
      if (path === "/watch") {
        stream.write("before,");
        finish = () => void stream.end("after");
      } else {
        stream.end("new");
      }
    };
    const transport = transportTo(portOf(server));
    const { body } = await transport(get("/watch"));

    const [session] = sessions;
    session?.close();
    await textOf(transport(get("/")));
    await textOf(transport(get("/")));

    assert.equal(sockets.count, 2);
    finish?.();
    assert.equal(await readText(body, 1000), "before,after");
    await transport.close();
  });

  it("send even a creation once more when the server refuses its stream, and so has not acted on it", async () => {
    let count = 0;
    onStream = (stream) => {
      count += 1;
      if (count === 1) {
        stream.close(constants.NGHTTP2_REFUSED_STREAM);
      } else {
        stream.respond();
        stream.end("created");
      }
    };
    const transport = transportTo(portOf(server));

    const text = await textOf(transport({ ...get("/"), method: "POST", body: "{}" }));

    assert.deepEqual([text, count], ["created", 2]);
  });

  it("send even a creation once more when the server has ended the connection before it", async () => {
    onStream = (stream) => {
      stream.respond();
      stream.end("created");
    };
    let count = 0;
    const front = createTLSServer({ ...identity, ALPNProtocols: ["h2"] }, (socket) => {
      count += 1;
      if (count > 1) {
        server.emit("secureConnection", socket);
        return;
      }
      socket.on("error", () => {}).write(SETTINGS);
      socket.on("data", (chunk: Buffer) => void (chunk.includes("{}") && socket.end(GOAWAY_BEFORE_ALL)));
    });
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
    const transport = transportTo(portOf(front));

    const text = await textOf(transport({ ...get("/"), method: "POST", body: "{}" }));

    assert.deepEqual([text, count], ["created", 2]);
    await transport.close();
    front.close();
  });

  it("give up on a server that refuses every stream", async () => {
    let count = 0;
    onStream = (stream) => {
      count += 1;
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    };
    const transport = transportTo(portOf(server));

    await assert.rejects(transport(get("/")), { name: "NotProcessedError" });

    assert.equal(count, 4);
  });

  for (const { end, frames } of [
    { end: "a cancellation", frames: reset(constants.NGHTTP2_CANCEL) },
    { end: "an internal error", frames: reset(constants.NGHTTP2_INTERNAL_ERROR) },
    { end: "the end of the connection", frames: Buffer.of() },
  ]) {
    it(`do not take half an answer and ${end} for a whole one`, async () => {
      const front = createTLSServer({ ...identity, ALPNProtocols: ["h2"] }, (socket) => {
        socket.on("error", () => {}).write(SETTINGS);
        socket.on("data", (chunk: Buffer) => {
          if (chunk.includes("{}")) {
            socket.write(HALF_AN_ANSWER);
            socket.end(frames);
          }
        });
      });
      front.listen(0, "127.0.0.1");
      await once(front, "listening");
      const transport = transportTo(portOf(front));
      const { body } = await transport({ ...get("/"), method: "POST", body: "{}" });

      await assert.rejects(readText(body, 1000));

      await transport.close();
      front.close();
    });
  }

  it("end, with their watches, when the server does not answer a PING after a silence", async () => {
    onStream = (stream) => {
      stream.respond();
      stream.write("first");
    };
    const relay = await startRelay(portOf(server));
    const clock = new ManualClock();
    const transport = transportTo(relay.port, { clock });
    const iterator = await watch(transport);

    relay.mute();
    const ending = assert.rejects(iterator.next(), /PING/);
    await clock.advance(40_000);
    await clock.advance(15_000);

    await ending;
    assert.equal((await transport(get("/watch"))).status, 200);
    relay.close();
  });

  it("are asked by a PING when a request has had no answer in its time", async () => {
    onStream = (stream, path) => {
      stream.respond();
      stream.write(path);
    };
    const relay = await startRelay(portOf(server));
    const clock = new ManualClock();
    const transport = transportTo(relay.port, { clock });
    const iterator = await watch(transport);
    const stop = new AbortController();

    relay.mute();
    const unanswered = assert.rejects(transport(get("/", stop.signal)), /late/);
    await settle();
    stop.abort(new Error("late"));
    await unanswered;
    const ending = assert.rejects(iterator.next(), /PING/);
    await clock.advance(15_000);

    await ending;
    relay.close();
  });

  it("stay when a silent server answers its PING", async () => {
    let say: ((text: string) => void) | undefined;
    onStream = (stream) => {
      stream.respond();
      say = (text) => void stream.write(text);
      stream.write("first");
    };
    const clock = new ManualClock();
    const transport = transportTo(portOf(server), { clock });
    const pinged = Promise.withResolvers<void>();
    server.once("session", (session: ServerHttp2Session) => session.once("ping", () => pinged.resolve()));
    const iterator = await watch(transport);

    await clock.advance(40_000);
    await pinged.promise;
    say?.("second");

    assert.equal(Buffer.from((await iterator.next()).value as Uint8Array).toString(), "second");
    await clock.advance(15_000);
    say?.("third");
    assert.equal(Buffer.from((await iterator.next()).value as Uint8Array).toString(), "third");
    await iterator.return?.();
  });

  it("are new ones after a minute without a request", async () => {
    onStream = (stream) => {
      stream.respond();
      stream.end("a");
    };
    const clock = new ManualClock();
    const transport = transportTo(portOf(server), { clock });

    await textOf(transport(get("/")));
    await clock.advance(60_000);
    await textOf(transport(get("/")));
    assert.equal(sockets.count, 1);
    await clock.advance(60_001);
    await textOf(transport(get("/")));

    assert.equal(sockets.count, 2);
    await transport.close();
  });

  it("are not made where they are disabled", async () => {
    server.on("request", ({ httpVersion }, response) => void response.end(httpVersion));
    onStream = () => {};
    const transport = transportTo(portOf(server), { env: { DISABLE_HTTP2: "true" } });

    assert.equal(await textOf(transport(get("/"))), "1.1");
  });
});

describe("a server that agrees on HTTP/2 and then says nothing", () => {
  let server: Server;
  let sockets: Sockets;

  before(async () => {
    server = createTLSServer({ ...identity, ALPNProtocols: ["h2"] });
    sockets = new Sockets(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    sockets.cut();
    server.close();
  });

  it("counts as one to which there is no connection, and loses its socket", async () => {
    const accepted = once(server, "secureConnection") as Promise<[TLSSocket]>;
    const clock = new ManualClock();
    const transport = transportTo(portOf(server), { clock });
    const failing = assert.rejects(transport(get("/")), { code: "CONNECT_TIMEOUT" });
    const [socket] = await accepted;
    const closed = once(socket.resume(), "close");
    await settle();

    await clock.advance(10_000);

    await failing;
    await closed;
  });
});

/** Leads connections to a port. Muted, it holds back what both sides send and leaves the connections open. */
async function startRelay(target: number): Promise<{ readonly port: number; mute(): void; close(): void }> {
  const pairs: (readonly [Socket, Socket])[] = [];
  const server = createSocketServer((socket) => {
    const upstream = connect(target, "127.0.0.1");
    pairs.push([socket, upstream]);
    socket.on("error", () => {}).pipe(upstream.on("error", () => {}));
    upstream.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: portOf(server),
    mute: () => {
      for (const [socket, upstream] of pairs) {
        socket.unpipe(upstream);
        upstream.unpipe(socket);
      }
    },
    close: () => {
      pairs.flat().forEach((socket) => socket.destroy());
      server.close();
    },
  };
}
