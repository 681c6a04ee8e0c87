import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer as createSocketServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { after, before, describe, it } from "node:test";
import { provider } from "../../src/ocm/provider.ts";
import { openWorkplace } from "../../src/openmcp/command/workplace.ts";
import { readText } from "../../src/kube/transport.ts";
import {
  loadInCluster,
  loadKubeconfig,
  parseUntrustedKubeconfig,
  type ClusterConfig,
} from "../../src/kube/kubeconfig.ts";
import { type AskedServer, startAskedServer } from "./asked-server.ts";
import { getWithKubectl, hasKubectl } from "./run-kubectl.ts";
import { issue } from "../../src/kube/testing/x509.ts";
import { createTransport } from "../../src/kube/http-transport.ts";

const authority = issue({ subject: "authority", isAuthority: true });
const names = ["127.0.0.1", "api.example", "192.0.2.7", "2001:db8::7"];
const identity = issue({ subject: "server", issuer: authority, names });

/** Leads every connection to one server, wherever it is asked to go, and remembers what it was asked for. */
class Proxy {
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #scheme: string;

  constructor(scheme: "http" | "https" | "socks5", target: () => AskedServer) {
    const lead = (socket: Duplex, answer: Uint8Array | string): void => {
      const upstream = connect(target().port, "127.0.0.1", () => {
        socket.write(answer);
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy());
    };
    this.#scheme = scheme;
    if (scheme === "socks5") {
      this.#server = createSocketServer((socket) => {
        negotiate(socket, (address) => {
          this.asked.push(address);
          lead(socket, Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
        });
      });
    } else {
      const server = scheme === "http" ? createHttpServer() : createHttpsServer(identity);
      this.#server = server.on("connect", ({ url = "" }: { readonly url?: string }, socket: Duplex) => {
        this.asked.push(url);
        lead(socket, "HTTP/1.1 200 OK\r\n\r\n");
      });
    }
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}

/** Speaks as much of RFC 1928 as one connection without authentication needs. */
function negotiate(socket: Socket, done: (address: string) => void): void {
  socket.once("data", () => {
    socket.write(Uint8Array.of(5, 0));
    socket.once("data", (request: Buffer) => {
      const [, , , type = 0, size = 0] = request;
      const port = request.readUInt16BE(request.length - 2);
      const form = { 1: "IPv4", 3: "name", 4: "IPv6" }[type] ?? "?";
      const held = request.subarray(4, -2);
      const address = {
        1: () => held.join("."),
        3: () => held.subarray(1, 1 + size).toString(),
        4: () => held.toString("hex"),
      }[type];
      done(`${form} ${address?.()}:${port}`);
    });
  });
}

function kubeconfigFor(server: string, cluster: object = {}): string {
  const data = Buffer.from(authority.cert).toString("base64");
  return JSON.stringify({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    clusters: [{ name: "a", cluster: { server, "certificate-authority-data": data, ...cluster } }],
    users: [{ name: "a", user: { token: "abc" } }],
  });
}

async function whoIsSeen(config: ClusterConfig, env: NodeJS.ProcessEnv): Promise<string> {
  const transport = createTransport(config, { env });
  const { body } = await transport({ method: "GET", path: "/", headers: {}, signal: new AbortController().signal });
  const text = await readText(body, 1000);
  await transport.close();
  return text;
}

describe("proxies", () => {
  let folder: string;
  let server: AskedServer;
  const proxies = {
    http: new Proxy("http", () => server),
    https: new Proxy("https", () => server),
    socks5: new Proxy("socks5", () => server),
    other: new Proxy("http", () => server),
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "through-proxy-"));
    server = await startAskedServer(identity);
    await Promise.all(Object.values(proxies).map((proxy) => proxy.start()));
  });

  after(async () => {
    await server.close();
    Object.values(proxies).forEach((proxy) => proxy.close());
    await rm(folder, { recursive: true });
  });

  for (const [scheme, host, asked] of [
    ["http", "api.example", "api.example:6443"],
    ["http", "192.0.2.7", "192.0.2.7:6443"],
    ["http", "[2001:db8::7]", "[2001:db8::7]:6443"],
    ["https", "api.example", "api.example:6443"],
    ["https", "192.0.2.7", "192.0.2.7:6443"],
    ["socks5", "api.example", "name api.example:6443"],
    ["socks5", "192.0.2.7", "IPv4 192.0.2.7:6443"],
    ["socks5", "[2001:db8::7]", "IPv6 20010db8000000000000000000000007:6443"],
    ["socks5", "127.0.0.1", "IPv4 127.0.0.1:6443"],
  ] as const) {
    it(`reaches ${host} through the ${scheme} proxy of the kubeconfig, as kubectl does`, async () => {
      const path = join(folder, "config");
      await writeFile(path, kubeconfigFor(`https://${host}:6443`, { "proxy-url": proxies[scheme].url }));
      proxies[scheme].asked.length = 0;

      const seen = await whoIsSeen(await loadKubeconfig(path, { env: {} }), { HTTPS_PROXY: proxies.other.url });
      const kubectls = hasKubectl ? await getWithKubectl({ KUBECONFIG: path, HOME: folder }, "/") : seen;

      assert.deepEqual([seen, kubectls], ["Bearer abc", "Bearer abc"]);
      assert.deepEqual(new Set(proxies[scheme].asked), new Set([asked]));
    });
  }

  for (const scheme of ["http", "https", "socks5"] as const) {
    it(`takes the ${scheme} proxy of the environment for each kind of access`, async () => {
      const path = join(folder, "config");
      const text = kubeconfigFor("https://api.example:6443");
      const pod = { KUBERNETES_SERVICE_HOST: "192.0.2.7", KUBERNETES_SERVICE_PORT: "443" };
      await writeFile(path, text);
      await writeFile(join(folder, "ca.crt"), authority.cert);
      await writeFile(join(folder, "token"), "abc");
      const env = { HTTPS_PROXY: proxies[scheme].url };
      proxies[scheme].asked.length = 0;

      for (const config of [
        await loadKubeconfig(path, { env }),
        await loadInCluster({ env: pod, folder }),
        parseUntrustedKubeconfig(text),
      ]) {
        assert.equal(await whoIsSeen(config, env), "Bearer abc");
      }

      assert.equal(proxies[scheme].asked.length, 3);
    });
  }

  it("takes the proxy of the provider's environment for the platform and for every further cluster", async () => {
    const path = join(folder, "platform");
    await writeFile(path, kubeconfigFor("https://api.example:6443"));
    const env = { HTTPS_PROXY: proxies.http.url, KUBECONFIG: path, POD_NAMESPACE: "openmcp-system" };
    const { signal } = new AbortController();
    const context = { program: provider, env, isTerminal: false, signal };
    proxies.http.asked.length = 0;

    const workplace = await openWorkplace({ logging: { level: "error" } }, context, undefined);
    const onboarding = workplace.connect(parseUntrustedKubeconfig(kubeconfigFor("https://192.0.2.7:443")));
    for (const transport of [workplace.platformTransport, onboarding]) {
      const { body } = await transport({ method: "GET", path: "/", headers: {}, signal });
      assert.equal(await readText(body, 1000), "Bearer abc");
      await transport.close();
    }

    assert.deepEqual(proxies.http.asked, ["api.example:6443", "192.0.2.7:443"]);
  });

  it("prefers the proxy of the kubeconfig to that of the environment", async () => {
    const text = kubeconfigFor("https://api.example:6443", { "proxy-url": proxies.http.url });
    proxies.other.asked.length = 0;

    assert.equal(await whoIsSeen(parseUntrustedKubeconfig(text), { HTTPS_PROXY: proxies.other.url }), "Bearer abc");

    assert.deepEqual(proxies.other.asked, []);
  });

  it("goes directly where the environment exempts the server, and to loopback", async () => {
    const text = kubeconfigFor(server.url);
    proxies.other.asked.length = 0;

    assert.equal(await whoIsSeen(parseUntrustedKubeconfig(text), { HTTPS_PROXY: proxies.other.url }), "Bearer abc");

    assert.deepEqual(proxies.other.asked, []);
  });
});
