import assert from "node:assert/strict";
import { once } from "node:events";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from "node:http";
import { createSecureServer } from "node:http2";
import { createServer } from "node:https";
import {
  type AddressInfo,
  connect,
  createServer as createSocketServer,
  type Server as SocketServer,
  type Socket,
} from "node:net";
import type { Duplex } from "node:stream";
import { after, before, describe, it } from "node:test";
import type { Server as TLSServer, TLSSocket } from "node:tls";
import { generate } from "selfsigned";
import { type Credential, type Credentials, fixedCredentials } from "./credentials.ts";
import type { ClusterConfig } from "./kubeconfig.ts";
import { type HttpTransport, readText, type TransportRequest } from "./transport.ts";
import { createTransport, sharedConnections } from "./http-transport.ts";

const anonymous = fixedCredentials({ headers: {} });

function get(path: string, signal: AbortSignal = new AbortController().signal): TransportRequest {
  return { method: "GET", path, headers: { accept: "application/json" }, signal };
}

function createProxy(tunnel: (request: IncomingMessage, socket: Duplex) => void): HttpServer {
  return createHttpServer().on("connect", tunnel);
}

/** A proxy that connects everybody to `port`, and notes for which address it was asked. */
function createTunnel(port: number, asked: (string | undefined)[]): HttpServer {
  return createProxy(({ url }, socket) => {
    asked.push(url);
    const upstream = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
    });
  });
}

/** A SOCKS5 proxy (RFC 1928) for one connection without authentication, which always connects to `port`. */
function createSocksProxy(port: number): SocketServer {
  return createSocketServer((socket) => {
    socket.once("data", () => {
      socket.write(Uint8Array.of(5, 0));
      socket.once("data", () => {
        const upstream = connect(port, "127.0.0.1", () => {
          socket.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
          socket.pipe(upstream).pipe(socket);
        });
      });
    });
  });
}

/** Passes connections to `port` on. After `silence`, nothing goes over those that are open by then any more. */
async function startRelay(port: number) {
  const pairs = new Set<readonly [Socket, Socket]>();
  const heard = Promise.withResolvers<void>();
  const relay = createSocketServer((socket) => {
    const upstream = connect(port, "127.0.0.1");
    pairs.add([socket, upstream]);
    [socket, upstream].forEach((end) => end.on("error", () => {}));
    socket.pipe(upstream).pipe(socket);
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  return {
    server: `https://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    silence: () => {
      for (const [socket, upstream] of pairs) {
        socket.unpipe(upstream);
        upstream.unpipe(socket);
        socket.on("data", () => heard.resolve()).resume();
      }
    },
    heard: () => heard.promise,
    close: async () => {
      [...pairs].flat().forEach((end) => end.destroy());
      relay.close();
      await once(relay, "close");
    },
  };
}

function portOf({ server }: Pick<ClusterConfig, "server">): number {
  return Number(new URL(server).port);
}

/** What the server answers to a GET. */
async function textOf(transport: HttpTransport, path: string): Promise<string> {
  return readText((await transport(get(path))).body, 1000);
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
type ServerOptions = Record<"key" | "cert", string> & Record<"requestCert" | "rejectUnauthorized", boolean>;

const SERVERS: Readonly<Record<string, (options: ServerOptions, handler: Handler) => TLSServer>> = {
  "HTTP/1.1": createServer,
  // The requests of HTTP/2 have what the handlers use.
  "HTTP/2": (options, handler) =>
    createSecureServer(options, handler as unknown as Parameters<typeof createSecureServer>[1]),
};

for (const [protocol, serve] of Object.entries(SERVERS)) {
  describe(`createTransport to a server that speaks ${protocol}`, () => {
    let server: TLSServer;
    const open = new Set<TLSSocket>();
    let base: Pick<ClusterConfig, "server" | "ca" | "insecureSkipTlsVerify">;
    let handle: (request: IncomingMessage, response: ServerResponse) => unknown;
    let connections = 0;
    let clientCertificate: { readonly cert: string; readonly key: string };

    before(async () => {
      const own = await generate([{ name: "commonName", value: "api.test" }], {
        extensions: [
          {
            name: "subjectAltName",
            altNames: [
              { type: 7, ip: "127.0.0.1" },
              { type: 2, value: "api.test" },
            ],
          },
        ],
      });
      const client = await generate([{ name: "commonName", value: "someone" }]);
      clientCertificate = { cert: client.cert, key: client.private };
      server = serve(
        { key: own.private, cert: own.cert, requestCert: true, rejectUnauthorized: false },
        (request, response) => void handle(request, response),
      );
      server.on("secureConnection", (socket) => {
        connections += 1;
        open.add(socket);
        socket.once("close", () => open.delete(socket));
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      base = { server: `https://127.0.0.1:${port}`, ca: own.cert, insecureSkipTlsVerify: false };
    });

    after(async () => {
      open.forEach((socket) => socket.destroy());
      server.close();
      await once(server, "close");
    });

    it("sends method, path below the server's own, headers and body, and streams the answer back", async () => {
      handle = async (request, response) => {
        const body = await readText(request, 1000);
        response.writeHead(201, { "X-Echo": "yes" });
        response.end(`${request.method} ${request.url} ${request.headers["x-sent"]?.toString()} ${body}`);
      };
      const transport = createTransport({ ...base, server: `${base.server}/clusters/a/`, credentials: anonymous });

      const response = await transport({
        ...get("/api/v1?x=y"),
        method: "POST",
        headers: { "x-sent": "1" },
        body: "hello",
      });

      assert.equal(response.status, 201);
      assert.equal(response.headers["x-echo"], "yes");
      assert.equal(await readText(response.body, 1000), "POST /clusters/a/api/v1?x=y 1 hello");
      await transport.close();
    });

    it("reuses connections for requests that follow each other", async () => {
      handle = (_request, response) => response.end("ok");
      const transport = createTransport({ ...base, credentials: anonymous });
      connections = 0;

      for (let count = 0; count < 10; count += 1) {
        const { body } = await transport(get("/version"));
        await readText(body, 1000);
      }

      // A connection becomes free a moment after its body has ended, so the second request may open another one.
      assert.ok(connections <= 2, `${connections} connections for 10 requests`);
      await transport.close();
    });

    it("opens connections to one server once for all transports that share them, whatever their tokens", async () => {
      handle = ({ headers }, response) => response.end(headers.authorization);
      const share = sharedConnections();
      const [one, other] = ["one", "other"].map((authorization) =>
        share({ ...base, credentials: fixedCredentials({ headers: { authorization } }) }),
      ) as [HttpTransport, HttpTransport];
      connections = 0;

      assert.equal(await textOf(one, "/a"), "one");
      assert.equal(await textOf(other, "/b"), "other");
      await one.close();
      assert.equal(await textOf(other, "/c"), "other");
      assert.equal(connections, 1);
      await other.close();
    });

    it("shares no connection with whoever shows another client certificate, or verifies the server in another way", async () => {
      handle = (_request, response) => response.end("ok");
      const share = sharedConnections();
      const withCertificate = fixedCredentials({ headers: {}, clientCertificate });
      const transports = [
        share({ ...base, credentials: anonymous }),
        share({ ...base, credentials: withCertificate }),
        share({ ...base, ca: `${base.ca}\n${clientCertificate.cert}`, credentials: anonymous }),
        share({ ...base, tlsServerName: "api.test", credentials: anonymous }),
        share({ ...base, insecureSkipTlsVerify: true, credentials: anonymous }),
      ];
      connections = 0;

      for (const transport of transports) {
        await textOf(transport, "/version");
      }

      assert.equal(connections, transports.length);
      await Promise.all(transports.map((transport) => transport.close()));
    });

    it("shares no connection with whoever goes through a proxy", async () => {
      handle = (_request, response) => response.end("ok");
      const asked: (string | undefined)[] = [];
      const proxy = createTunnel(portOf(base), asked);
      const share = sharedConnections();
      const direct = share({ ...base, credentials: anonymous });
      await textOf(direct, "/version");

      const proxied = await through(proxy, "http://", share);
      await textOf(proxied, "/version");

      assert.deepEqual(asked, [new URL(base.server).host]);
      await Promise.all([direct.close(), proxied.close()]);
      proxy.close();
    });

    it("sends no request over a shared connection on which another one was given up without an answer", async () => {
      handle = ({ url }, response) => (url === "/mute" ? undefined : response.end("ok"));
      const relay = await startRelay(portOf(base));
      const share = sharedConnections();
      const [one, other] = ["one", "other"].map((authorization) =>
        share({ ...base, server: relay.server, credentials: fixedCredentials({ headers: { authorization } }) }),
      ) as [HttpTransport, HttpTransport];
      await textOf(one, "/version");
      relay.silence();
      const patience = new AbortController();
      const giveUp = assert.rejects(one(get("/mute", patience.signal)), /gone/u);
      await relay.heard();

      patience.abort(new Error("gone"));
      await giveUp;

      assert.equal(await textOf(other, "/version"), "ok");
      await relay.close();
      await Promise.all([one.close(), other.close()]);
    });

    it("ends a shared connection with its last transport", async () => {
      handle = (_request, response) => response.end("ok");
      const share = sharedConnections();
      const transport = share({ ...base, credentials: anonymous });
      await textOf(transport, "/version");
      const sockets = [...open];

      await Promise.all([transport.close(), ...sockets.map((socket) => once(socket, "close"))]);

      assert.equal(sockets.length, 1);
      assert.equal(open.size, 0);
    });

    it("refuses a server whose certificate is not signed by the given authority", async () => {
      handle = (_request, response) => response.end("ok");
      const transport = createTransport({ server: base.server, insecureSkipTlsVerify: false, credentials: anonymous });

      await assert.rejects(transport(get("/version")), /self-signed certificate/);
      await transport.close();
    });

    it("accepts any certificate when told to skip verification", async () => {
      handle = (_request, response) => response.end("ok");
      const transport = createTransport({ server: base.server, insecureSkipTlsVerify: true, credentials: anonymous });

      const { status, body } = await transport(get("/version"));

      await readText(body, 1000);
      assert.equal(status, 200);
      await transport.close();
    });

    it("asks for, and verifies, the given server name", async () => {
      const asked: unknown[] = [];
      handle = (request, response) => {
        asked.push((request.socket as TLSSocket).servername);
        response.end("ok");
      };
      const right = createTransport({ ...base, tlsServerName: "api.test", credentials: anonymous });
      const wrong = createTransport({ ...base, tlsServerName: "other.test", credentials: anonymous });

      const { body } = await right(get("/version"));
      await readText(body, 1000);

      await assert.rejects(wrong(get("/version")), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
      assert.deepEqual(asked, ["api.test"]);
      await Promise.all([right.close(), wrong.close()]);
    });

    it("presents the client certificate of the credential, on new connections when it changes", async () => {
      handle = (request, response) => {
        const { subject } = (request.socket as TLSSocket).getPeerCertificate();
        response.end(String((subject as { CN?: string } | undefined)?.CN));
      };
      const given: Credential[] = [{ headers: {} }, { headers: {}, clientCertificate }];
      const credentials: Credentials = () => Promise.resolve(given.shift() ?? { headers: {} });
      const transport = createTransport({ ...base, credentials });

      const first = await readText((await transport(get("/version"))).body, 1000);
      const second = await readText((await transport(get("/version"))).body, 1000);

      assert.deepEqual([first, second], ["undefined", "someone"]);
      await transport.close();
    });

    it("reads the credentials anew after a 401 and repeats the request once", async () => {
      const seen: (string | undefined)[] = [];
      handle = (request, response) => {
        seen.push(request.headers.authorization);
        response.statusCode = request.headers.authorization === "Bearer new" ? 200 : 401;
        response.end("answer");
      };
      const old: Credential = { headers: { authorization: "Bearer old" } };
      const fresh: Credential = { headers: { authorization: "Bearer new" } };
      const credentials: Credentials = ({ rejected }) => Promise.resolve(rejected === old ? fresh : old);
      const transport = createTransport({ ...base, credentials });

      const response = await transport(get("/version"));

      assert.equal(response.status, 200);
      assert.equal(await readText(response.body, 1000), "answer");
      assert.deepEqual(seen, ["Bearer old", "Bearer new"]);
      await transport.close();
    });

    it("hands a 401 on when the credentials have nothing newer", async () => {
      let requests = 0;
      handle = (_request, response) => {
        requests += 1;
        response.writeHead(401).end("who?");
      };
      const transport = createTransport({
        ...base,
        credentials: fixedCredentials({ headers: { authorization: "Bearer x" } }),
      });

      const response = await transport(get("/version"));

      assert.equal(await readText(response.body, 1000), "who?");
      assert.deepEqual([response.status, requests], [401, 1]);
      await transport.close();
    });

    it("sends each value of a credential's header", async () => {
      let groups: unknown;
      handle = (request, response) => {
        const { rawHeaders } = request;
        groups = rawHeaders.filter((_, index) => rawHeaders[index - 1] === "impersonate-group");
        response.end("ok");
      };
      const credentials = fixedCredentials({ headers: { "impersonate-group": ["a", "b"] } });
      const transport = createTransport({ ...base, credentials });

      const { body } = await transport(get("/version"));

      await readText(body, 1000);
      assert.deepEqual(groups, ["a", "b"]);
      await transport.close();
    });

    it("goes through a proxy, which sees nothing but the address", async () => {
      handle = (_request, response) => response.end("through");
      const asked: (string | undefined)[] = [];
      const proxy = createTunnel(portOf(base), asked);
      const transport = await through(proxy, "http://");

      const { body } = await transport(get("/version"));

      assert.equal(await readText(body, 1000), "through");
      assert.deepEqual(asked, [new URL(base.server).host]);
      await transport.close();
      proxy.close();
    });

    it("gives up on a proxy that accepts and does not answer", async () => {
      const proxy = createProxy(() => {}).listen(0, "127.0.0.1");
      await once(proxy, "listening");
      const { port } = proxy.address() as AddressInfo;
      const transport = createTransport(
        { ...base, credentials: anonymous, proxyURL: `http://127.0.0.1:${port}` },
        { connectTimeoutMs: 1 },
      );

      await assert.rejects(transport(get("/")), { code: "CONNECT_TIMEOUT" });

      proxy.closeAllConnections();
      proxy.close();
    });

    /** A transport through a proxy, which is started. */
    async function through(proxy: SocketServer, prefix: string, create = createTransport): Promise<HttpTransport> {
      proxy.listen(0, "127.0.0.1");
      await once(proxy, "listening");
      const { port } = proxy.address() as AddressInfo;
      return create({ ...base, proxyURL: `${prefix}127.0.0.1:${port}`, credentials: anonymous });
    }

    async function assertLogsIn(
      proxy: SocketServer,
      { scheme, refusal }: { readonly scheme: string; readonly refusal: RegExp },
    ): Promise<void> {
      const known = await through(proxy, `${scheme}://me:p%40ss@`);
      const { port } = proxy.address() as AddressInfo;
      const unknown = createTransport({ ...base, proxyURL: `${scheme}://127.0.0.1:${port}`, credentials: anonymous });

      const { body } = await known(get("/version"));

      assert.equal(await readText(body, 1000), "through");
      await assert.rejects(unknown(get("/version")), refusal);
      await Promise.all([known.close(), unknown.close()]);
      proxy.close();
    }

    it("logs in to a proxy with the user name and the password of its URL, and says when that is refused", async () => {
      handle = (_request, response) => response.end("through");
      const right = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
      const proxy = createProxy(({ headers }, socket) => {
        if (headers["proxy-authorization"] !== right) {
          socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
          return;
        }
        const upstream = connect(portOf(base), "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          socket.pipe(upstream).pipe(socket);
        });
      });

      await assertLogsIn(proxy, { scheme: "http", refusal: /the proxy 127\.0\.0\.1:\d+ answered 407/ });
    });

    it("logs in to a SOCKS proxy, and says when that is refused", async () => {
      handle = (_request, response) => response.end("through");
      const said: string[] = [];
      const proxy = createSocketServer((socket) => {
        const steps = [
          (offer: Buffer) => (offer.includes(2, 2) ? Uint8Array.of(5, 2) : Uint8Array.of(5, 255)),
          (login: Buffer) => {
            said.push(login.subarray(1).toString("latin1"));
            return Uint8Array.of(1, 0);
          },
          () => {
            const upstream = connect(portOf(base), "127.0.0.1", () => {
              socket.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
              socket.pipe(upstream).pipe(socket);
            });
          },
        ];
        const step = (data: Buffer): void => {
          const answer = steps.shift()?.(data);
          if (answer !== undefined) {
            socket.write(answer);
            socket.once("data", step);
          }
        };
        socket.once("data", step).on("error", () => {});
      });

      const refusal = /expected a SOCKS5 proxy that takes the login of its URL/;
      await assertLogsIn(proxy, { scheme: "socks5", refusal });

      assert.deepEqual(said, ["\x02me\x04p@ss"]);
    });

    it("refuses a login for which SOCKS has no room", async () => {
      const proxy = createSocketServer((socket) => {
        socket.once("data", () => socket.write(Uint8Array.of(5, 2))).on("error", () => {});
      });
      const login = `me:${"p".repeat(256)}`;
      const transport = await through(proxy, `socks5://${login}@`);

      await assert.rejects(transport(get("/version")), /at most 255 bytes each in the proxy's URL, found 2 and 256/);

      await transport.close();
      proxy.close();
    });

    it("goes through a SOCKS proxy", async () => {
      handle = (_request, response) => response.end("through");
      const proxy = createSocksProxy(portOf(base));
      proxy.listen(0, "127.0.0.1");
      await once(proxy, "listening");
      const { port } = proxy.address() as AddressInfo;
      const proxied = { ...base, proxyURL: `socks5://127.0.0.1:${port}`, tlsServerName: "api.test" };
      const transport = createTransport({ ...proxied, credentials: anonymous });

      const { body } = await transport(get("/version"));

      assert.equal(await readText(body, 1000), "through");
      await transport.close();
      proxy.close();
    });

    it("may be closed twice", async () => {
      const transport = createTransport({ ...base, credentials: anonymous });

      await transport.close();
      await transport.close();
    });

    it("ends a streamed body when the signal is aborted", async () => {
      handle = (_request, response) => {
        response.write("first");
      };
      const transport = createTransport({ ...base, credentials: anonymous });
      const stop = new AbortController();
      const { body } = await transport(get("/watch", stop.signal));

      const chunks: string[] = [];
      const reading = (async () => {
        for await (const chunk of body) {
          chunks.push(Buffer.from(chunk).toString());
          stop.abort();
        }
      })();

      await assert.rejects(reading, { name: "AbortError" });
      assert.deepEqual(chunks, ["first"]);
      await transport.close();
    });

    it("rejects with the code of the failure when nobody listens", async () => {
      const transport = createTransport({ ...base, server: "https://127.0.0.1:1", credentials: anonymous });

      await assert.rejects(transport(get("/version")), { code: "ECONNREFUSED" });
      await transport.close();
    });
  });
}
