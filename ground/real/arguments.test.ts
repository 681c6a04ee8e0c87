import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apiServerArguments } from "./api-server.ts";
import { etcdArguments } from "./etcd.ts";
import { freePorts } from "../free-ports.ts";
import { registryConfig } from "./registry.ts";

const files = { certificate: "/c.crt", key: "/c.key", tokens: "/tokens", serviceAccountKey: "/sa.key" };
const audit = { policy: "/policy", log: "/audit.log" };

void describe("what the programs of the real ground are started with", () => {
  void it("keeps each API server's data under a prefix of its own", () => {
    const args = apiServerArguments({ name: "mcp-1", port: 20_001, etcdURL: "http://127.0.0.1:20000", files, audit });

    assert.ok(args.includes("--etcd-prefix=/mcp-1"));
    assert.ok(args.includes("--etcd-servers=http://127.0.0.1:20000"));
    assert.ok(args.includes("--authorization-mode=RBAC"));
  });

  void it("lets nothing listen beyond loopback", () => {
    const args = [
      ...etcdArguments({ dataFolder: "/d", url: "http://127.0.0.1:1", peerURL: "http://127.0.0.1:2" }),
      ...apiServerArguments({ name: "x", port: 3, etcdURL: "http://127.0.0.1:1", files, audit }),
    ];

    for (const arg of args.filter((candidate) => /listen|advertise|bind/u.test(candidate))) {
      assert.match(arg, /=(?:ground=)?(?:http:\/\/)?127\.0\.0\.1(?::\d+)?$/u);
    }
  });

  void it("lets nobody into the registry without a password", () => {
    const config = JSON.parse(registryConfig({ host: "127.0.0.1:5", usersPath: "/users", dataFolder: "/data" })) as {
      auth: unknown;
      http: { addr: string };
    };

    assert.deepEqual(config.auth, { htpasswd: { realm: "ground", path: "/users" } });
    assert.equal(config.http.addr, "127.0.0.1:5");
  });

  void it("never gives the same port twice", async () => {
    const ports = await freePorts(10);

    assert.equal(new Set(ports).size, 10);
  });
});
