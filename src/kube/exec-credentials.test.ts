import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Credentials } from "./credentials.ts";
import { execCredentials } from "./exec-credentials.ts";
import { Fields } from "./kubeconfig-document.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { issue } from "./testing/x509.ts";

const signal = new AbortController().signal;
const apiVersion = "client.authentication.k8s.io/v1";
const clock = new ManualClock();

function plugin(script: string, fields: object = {}): Credentials {
  const exec = { apiVersion, command: process.execPath, args: ["-e", script], ...fields };
  const cluster = {
    server: "https://api.test",
    "certificate-authority": "/not/passed/on",
    extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "us" } }],
  };
  return execCredentials(new Fields('user "me": exec', exec), {
    clock,
    env: { INHERITED: "1" },
    folder: "/",
    cluster: new Fields("cluster", cluster),
  });
}

function printing(status: object, version: string = apiVersion): string {
  const credential = { apiVersion: version, kind: "ExecCredential", status };
  return `process.stdout.write(${JSON.stringify(JSON.stringify(credential))})`;
}

/** A plugin that evaluates the expression, and prints the result as its token. */
function telling(expression: string): string {
  return `process.stdout.write(JSON.stringify({
    apiVersion: "${apiVersion}", kind: "ExecCredential", status: { token: Buffer.from(${expression}).toString("hex") },
  }))`;
}

async function told(credentials: Credentials): Promise<string> {
  const { headers } = await credentials({ signal });
  return Buffer.from(String(headers["authorization"]).replace("Bearer ", ""), "hex").toString();
}

describe("execCredentials", () => {
  it("uses the token that the plugin prints", async () => {
    assert.deepEqual(await plugin(printing({ token: "abc" }))({ signal }), {
      headers: { authorization: "Bearer abc" },
    });
  });

  it("uses the client certificate that the plugin prints", async () => {
    const { cert, key } = issue({ subject: "someone" });
    const status = { clientCertificateData: cert, clientKeyData: key };

    assert.deepEqual(await plugin(printing(status))({ signal }), {
      headers: {},
      clientCertificate: { cert, key },
    });
  });

  it("passes on the environment with the additions of the kubeconfig", async () => {
    const script = telling("process.env.INHERITED + process.env.ADDED");

    assert.equal(await told(plugin(script, { env: [{ name: "ADDED", value: "2" }] })), "12");
  });

  it("tells the plugin about the cluster only when it asks", async () => {
    const script = telling("process.env.KUBERNETES_EXEC_INFO");

    assert.deepEqual(JSON.parse(await told(plugin(script))), {
      apiVersion,
      kind: "ExecCredential",
      spec: { interactive: false },
    });
    assert.deepEqual(JSON.parse(await told(plugin(script, { provideClusterInfo: true }))), {
      apiVersion,
      kind: "ExecCredential",
      spec: { interactive: false, cluster: { server: "https://api.test", config: { audience: "us" } } },
    });
  });

  it("runs the plugin again when the credential has expired or was rejected", async () => {
    const start = new Date(clock.now() + 1000).toISOString();
    const credentials = plugin(`
      process.stdout.write(JSON.stringify({ apiVersion: "${apiVersion}", kind: "ExecCredential",
        status: { token: String(process.pid), expirationTimestamp: "${start}" } }))`);

    const first = await credentials({ signal });
    const cached = await credentials({ signal });
    const second = await credentials({ signal, rejected: first });
    await clock.advance(1000);
    const third = await credentials({ signal });

    assert.equal(cached, first);
    assert.notDeepEqual(second, first);
    assert.notDeepEqual(third, second);
  });

  for (const [what, script, expected] of [
    ["fails", "console.error('hunter2'); process.exit(3)", /command ended with exit code 3/],
    ["prints no JSON", "console.log('hunter2')", /command printed something that is not JSON/],
    ["prints another kind", 'console.log(\'{"kind":"hunter2"}\')', /kind must be ExecCredential/],
    ["prints another version", printing({ token: "hunter2" }, "x/v1"), /kind must be ExecCredential/],
    ["prints a token that is not one", printing({ token: "hunter2 \n" }), /token must be printable/],
    ["prints an empty status", printing({}), /token or clientCertificateData must be there/],
    ["prints an empty token", printing({ token: "" }), /token or clientCertificateData must be there/],
    [
      "prints no certificate",
      printing({ clientCertificateData: "hunter2", clientKeyData: "a" }),
      /must hold a certifi/,
    ],
    ["prints half a certificate", printing({ clientCertificateData: "hunter2" }), /must be given together/],
    ["prints a wrong time", printing({ token: "a", expirationTimestamp: "hunter2" }), /must be an RFC 3339 time/],
  ] as const) {
    it(`says so, without quoting anything, when the plugin ${what}`, async () => {
      await assert.rejects(plugin(script)({ signal }), (error) => {
        assert.ok(error instanceof Error);
        assert.match(error.message, expected);
        assert.ok(!`${error.stack} ${String(error.cause)}`.includes("hunter2"));
        return true;
      });
    });
  }

  it("stops a plugin that does not end", async () => {
    const patient = plugin("setInterval(() => {}, 1000)");
    const outcome = assert.rejects(patient({ signal }), /command did not end within 60000 ms/);

    await clock.advance(60_000);

    await outcome;
  });

  it("gives the installation hint when there is no such command", async () => {
    const credentials = plugin("", { command: "no-such-plugin", installHint: "install it" });

    await assert.rejects(credentials({ signal }), /command was not found; install it/);
  });

  it("refuses what it cannot do, before running anything", () => {
    assert.throws(() => plugin("", { apiVersion: "client.authentication.k8s.io/v1alpha1" }), /apiVersion must be/);
    assert.throws(() => plugin("", { interactiveMode: "Always" }), /there is no terminal/);
    assert.throws(() => plugin("", { command: "" }), /command is missing/);
  });
});
