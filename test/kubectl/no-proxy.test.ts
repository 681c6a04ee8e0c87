import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { proxyFromEnvironment } from "../../src/kube/proxy-environment.ts";
import { getWithKubectl, hasKubectl } from "./run-kubectl.ts";

/** `true`: kubectl 1.32 went through the proxy. */
const table: readonly (readonly [host: string, noProxy: string, isProxied: boolean])[] = [
  ["api.example", "", true],
  ["api.example", ".api.example", true],
  ["api.example", "*.api.example", true],
  ["eu.api.example", ".api.example", false],
  ["eu.api.example", "*.api.example", false],
  ["eu.api.example", "api.example", false],
  ["api.example", "api.example", false],
  ["api.example", "API.Example", false],
  ["API.example", "api.example", false],
  ["myapi.example", "api.example", true],
  ["api.example", "example", false],
  ["api.example", " other.example , api.example ", false],
  ["api.example", "other.example api.example", true],
  ["api.example", "api.example:6443", false],
  ["api.example", "api.example:443", true],
  ["api.example", ".example:6443", false],
  ["api.example", ":6443", true],
  ["api.example", "*", false],
  ["api.example", "*:6443", true],
  ["api.example", "other.example,*", false],
  ["api.example", ".", true],
  ["192.0.2.7", "", true],
  ["192.0.2.7", "192.0.2.7", false],
  ["192.0.2.7", "192.0.2.7:6443", false],
  ["192.0.2.7", "192.0.2.7:443", true],
  ["192.0.2.7", "192.0.2.0/24", false],
  ["192.0.2.7", "192.0.2.99/24", false],
  ["192.0.2.7", "192.0.2.0/33", true],
  ["192.0.2.7", "192.0.2", true],
  ["192.0.2.7", "2.7", true],
  ["192.0.2.7", "0.0.0.0/0", false],
  ["192.0.2.7", "::/0", true],
  ["[2001:db8::7]", "", true],
  ["[2001:db8::7]", "2001:db8::7", false],
  ["[2001:db8::7]", "2001:DB8:0::7", false],
  ["[2001:db8::7]", "[2001:db8::7]", true],
  ["[2001:db8::7]", "[2001:db8::7]:6443", false],
  ["[2001:db8::7]", "[2001:db8::7]:443", true],
  ["[2001:db8::7]", "2001:db8::/32", false],
  ["[2001:db8::7]", "fd00::/8", true],
  ["[2001:db8::7]", "0.0.0.0/0", true],
  ["[fd00::1]", "fd00::/8", false],
  ["127.0.0.1", "", false],
  ["127.8.9.1", "", false],
  ["[::1]", "", false],
  ["localhost", "", false],
  ["api.localhost", "", true],
];

describe("NO_PROXY as kubectl reads it", { concurrency: 4 }, () => {
  let folder: string;
  let proxy: Server;
  const asked = new Set<string | undefined>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "no-proxy-"));
    // Refuses: who asks a proxy does not connect directly.
    proxy = createServer().on("connect", ({ headers }, socket) => {
      asked.add(headers["proxy-authorization"]);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
  });

  after(async () => {
    proxy.close();
    await rm(folder, { recursive: true });
  });

  for (const [index, [host, noProxy, isProxied]] of table.entries()) {
    it(`${isProxied ? "proxies" : "exempts"} ${host} when NO_PROXY is "${noProxy}"`, async () => {
      const { port } = proxy.address() as AddressInfo;
      const env = { HTTPS_PROXY: `http://row:${index}@127.0.0.1:${port}`, NO_PROXY: noProxy };
      const server = `https://${host}:6443`;

      assert.equal(proxyFromEnvironment(server, env) !== undefined, isProxied);

      if (hasKubectl) {
        const path = join(folder, String(index));
        await writeFile(path, kubeconfigFor(server));
        await getWithKubectl({ ...env, KUBECONFIG: path, HOME: folder }, "/version", "1s");
        assert.equal(asked.has(`Basic ${Buffer.from(`row:${index}`).toString("base64")}`), isProxied, "kubectl");
      }
    });
  }
});

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    clusters: [{ name: "a", cluster: { server } }],
    users: [{ name: "a", user: { token: "abc" } }],
  });
}
