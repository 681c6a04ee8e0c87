import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { dump } from "js-yaml";
import {
  loadDefault,
  loadInCluster,
  loadKubeconfig,
  parseUntrustedKubeconfig,
  UntrustedKubeconfigError,
} from "./kubeconfig.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { issue } from "./testing/x509.ts";

const signal = new AbortController().signal;
const pair = issue({ subject: "someone" });

function kubeconfig(name: string, cluster: object = {}, user: object = {}): string {
  return dump({
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server: `https://${name}.test`, ...cluster } }],
    users: [{ name, user }],
  });
}

describe("kubeconfigs of the operator", () => {
  let folder: string;
  let main: string;
  let other: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
    main = join(folder, "main");
    other = join(folder, "other");
  });

  beforeEach(async () => {
    await writeFile(main, kubeconfig("main"));
    await writeFile(other, kubeconfig("other"));
  });

  after(() => rm(folder, { recursive: true }));

  it("uses the current context, or the one that is asked for", async () => {
    const path = [main, other].join(delimiter);

    assert.equal((await loadKubeconfig(path, { env: {} })).server, "https://main.test");
    assert.equal((await loadKubeconfig(path, { env: {}, context: "other" })).server, "https://other.test");
  });

  it("prefers the first of several files, and skips missing ones", async () => {
    await writeFile(other, kubeconfig("main", { server: "https://shadowed.test" }));
    const path = [join(folder, "missing"), main, other].join(delimiter);

    assert.equal((await loadKubeconfig(path, { env: {} })).server, "https://main.test");
  });

  it("says so when there is no file", async () => {
    await assert.rejects(loadKubeconfig(join(folder, "missing"), { env: {} }), /missing does not exist/);
  });

  it("finds files relative to the kubeconfig that names them", async () => {
    await writeFile(join(folder, "ca.crt"), pair.cert);
    await writeFile(join(folder, "client.crt"), pair.cert);
    await writeFile(join(folder, "client.key"), pair.key);
    const user = { "client-certificate": "client.crt", "client-key": "./client.key" };
    await writeFile(main, kubeconfig("main", { "certificate-authority": "ca.crt" }, user));

    const { ca, credentials } = await loadKubeconfig(main, { env: {} });

    assert.equal(ca, pair.cert);
    assert.deepEqual(await credentials({ signal }), {
      headers: {},
      clientCertificate: { cert: pair.cert, key: pair.key },
    });
  });

  it("follows a token file: now and then, and at once when the token is rejected", async () => {
    const clock = new ManualClock();
    const tokenFile = join(folder, "token");
    await writeFile(tokenFile, "one\n");
    await writeFile(main, kubeconfig("main", {}, { token: "ignored", tokenFile }));
    const { credentials } = await loadKubeconfig(main, { env: {}, clock });
    const read = async (rejected?: Awaited<ReturnType<typeof credentials>>): Promise<unknown> => {
      const { headers } = await credentials(rejected === undefined ? { signal } : { signal, rejected });
      return headers["authorization"];
    };

    assert.equal(await read(), "Bearer one");
    await writeFile(tokenFile, "two");
    assert.equal(await read(), "Bearer one");
    assert.equal(await read(await credentials({ signal })), "Bearer two");
    await writeFile(tokenFile, "three");
    await clock.advance(60_000);
    assert.equal(await read(), "Bearer three");
  });

  it("acts as another user when told to", async () => {
    const user = { token: "t", as: "admin", "as-groups": ["a", "b"], "as-user-extra": { "acme.test/Scope": ["x"] } };
    await writeFile(main, kubeconfig("main", {}, user));

    const { credentials } = await loadKubeconfig(main, { env: {} });

    assert.deepEqual((await credentials({ signal })).headers, {
      authorization: "Bearer t",
      "impersonate-user": "admin",
      "impersonate-group": ["a", "b"],
      "impersonate-extra-acme.test%2fscope": ["x"],
    });
  });

  it("runs a credential plugin that lies beside the kubeconfig", async () => {
    const answer = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token: "abc" } };
    await writeFile(join(folder, "plugin"), `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, { mode: 0o755 });
    const exec = { apiVersion: answer.apiVersion, command: "./plugin" };
    await writeFile(main, kubeconfig("main", {}, { exec }));

    const { credentials } = await loadKubeconfig(main, { env: {} });

    assert.deepEqual((await credentials({ signal })).headers, { authorization: "Bearer abc" });
  });

  it("tells a credential plugin every digit of what the kubeconfig has for it", async () => {
    const apiVersion = "client.authentication.k8s.io/v1";
    const answer = `{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":{"token":"$id"}}`;
    const read = `id=$(echo "$KUBERNETES_EXEC_INFO" | sed 's/.*"id":\\([0-9]*\\).*/\\1/')`;
    await writeFile(join(folder, "teller"), `#!/bin/sh\n${read}\ncat <<END\n${answer}\nEND\n`, { mode: 0o755 });
    const exec = { apiVersion, command: "./teller", provideClusterInfo: true };
    const extension = { name: "client.authentication.k8s.io/exec", extension: { id: "digits" } };
    const text = kubeconfig("main", { extensions: [extension] }, { exec });
    await writeFile(main, text.replace("id: digits", "id: 9007199254740993"));

    const { credentials } = await loadKubeconfig(main, { env: {} });

    assert.deepEqual((await credentials({ signal })).headers, { authorization: "Bearer 9007199254740993" });
  });

  it("refuses auth providers, which kubectl has given up too", async () => {
    await writeFile(main, kubeconfig("main", {}, { "auth-provider": { name: "gcp" } }));

    await assert.rejects(loadKubeconfig(main, { env: {} }), /auth-provider is not supported/);
  });

  it("prefers the flag, then KUBECONFIG, then the pod, then the home", async () => {
    await mkdir(join(folder, ".kube"), { recursive: true });
    await writeFile(join(folder, ".kube", "config"), kubeconfig("home"));
    const env = { HOME: folder, KUBECONFIG: other };

    assert.equal((await loadDefault({ kubeconfigFlag: main, env })).server, "https://main.test");
    assert.equal((await loadDefault({ env })).server, "https://other.test");
    assert.equal((await loadDefault({ env: { HOME: folder } })).server, "https://home.test");
  });

  it("uses the service account of the pod", async () => {
    await writeFile(join(folder, "ca.crt"), pair.cert);
    await writeFile(join(folder, "token"), "abc\n");
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };

    const { credentials, ...config } = await loadInCluster({ env, folder });

    assert.deepEqual(config, { server: "https://[fd00::1]:443", ca: pair.cert, insecureSkipTlsVerify: false });
    assert.deepEqual((await credentials({ signal })).headers, { authorization: "Bearer abc" });
    await assert.rejects(loadInCluster({ env: {}, folder }), /not in a pod/);
  });
});

const SECRET = "hunter2";
const PACKED_CERT = Buffer.from(pair.cert).toString("base64");
const PACKED_OTHER_KEY = Buffer.from(issue({ subject: "other", keyType: "rsa" }).key).toString("base64");
const BROKEN = "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n";
const PACKED_KEY = Buffer.from(pair.key).toString("base64");

type Parts = { readonly cluster?: object; readonly user?: object; readonly root?: object };

function untrusted({ cluster, user, root }: Parts = {}): string {
  return dump({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "mcp",
    contexts: [{ name: "mcp", context: { cluster: "mcp", user: "mcp" } }],
    clusters: [{ name: "mcp", cluster: { server: "https://api.test:6443", ...cluster } }],
    users: [{ name: "mcp", user: user ?? { token: SECRET } }],
    ...root,
  });
}

function refusalOf(text: string): string {
  try {
    parseUntrustedKubeconfig(text);
  } catch (error) {
    assert.ok(error instanceof UntrustedKubeconfigError);
    assert.ok(!`${error.stack} ${String(error.cause)}`.includes(SECRET), "a secret is quoted");
    return error.message;
  }
  return assert.fail("it was accepted");
}

describe("parseUntrustedKubeconfig", () => {
  it("reads server, authority and token", async () => {
    const { credentials, ...config } = parseUntrustedKubeconfig(
      untrusted({ cluster: { "certificate-authority-data": PACKED_CERT, "tls-server-name": "api" } }),
    );

    assert.deepEqual(config, {
      server: "https://api.test:6443",
      ca: pair.cert,
      insecureSkipTlsVerify: false,
      tlsServerName: "api",
    });
    assert.deepEqual(await credentials({ signal }), { headers: { authorization: "Bearer hunter2" } });
  });

  it("reads name and password, and client certificates", async () => {
    const basic = parseUntrustedKubeconfig(untrusted({ user: { username: "me", password: "pass" } }));
    const user = { "client-certificate-data": PACKED_CERT, "client-key-data": PACKED_KEY };
    const certificate = parseUntrustedKubeconfig(untrusted({ user }));

    assert.deepEqual(await basic.credentials({ signal }), { headers: { authorization: "Basic bWU6cGFzcw==" } });
    assert.deepEqual(await certificate.credentials({ signal }), {
      headers: {},
      clientCertificate: { cert: pair.cert, key: pair.key },
    });
  });

  it("reads JSON too", () => {
    const json = JSON.stringify({
      "current-context": "a",
      contexts: [{ name: "a", context: { cluster: "a" } }],
      clusters: [{ name: "a", cluster: { server: "http://127.0.0.1:8080" } }],
    });

    assert.equal(parseUntrustedKubeconfig(json).server, "http://127.0.0.1:8080");
  });

  for (const [field, value] of [
    ["exec", { command: "sh", args: ["-c", SECRET] }],
    ["auth-provider", { name: "gcp" }],
    ["tokenFile", "/var/run/secrets/token"],
    ["client-certificate", "/etc/cert"],
    ["client-key", "/etc/key"],
    ["as", "admin"],
    ["as-groups", ["system:masters"]],
  ] as const) {
    it(`refuses ${field}, and names it`, () => {
      const message = refusalOf(untrusted({ user: { token: SECRET, [field]: value } }));

      assert.ok(message.startsWith(`user "mcp": ${field} is refused`), message);
    });
  }

  it("refuses a command that a merge key brings in", () => {
    const text = untrusted().replace(/token: .*/, "<<: { exec: { command: sh } }");

    assert.match(refusalOf(text), /^user "mcp": exec is refused/);
  });

  it("refuses a certificate authority in a file", () => {
    const message = refusalOf(untrusted({ cluster: { "certificate-authority": "/etc/ca" } }));

    assert.ok(message.startsWith('cluster "mcp": certificate-authority is refused'), message);
  });

  it("refuses a command in an entry that is not in use", () => {
    const users = [
      { name: "mcp", user: { token: SECRET } },
      { name: "other", user: { exec: {} } },
    ];

    assert.match(refusalOf(untrusted({ root: { users } })), /^user "other": exec is refused/);
  });

  it("refuses a command in a second entry of a name, which parsers may or may not prefer", () => {
    const users = [
      { name: "mcp", user: { token: SECRET } },
      { name: "mcp", user: { exec: {} } },
    ];

    assert.match(refusalOf(untrusted({ root: { users } })), /name is there twice/);
  });

  it("says what is wrong with everything else it cannot use", () => {
    const table: readonly (readonly [string, RegExp])[] = [
      [`users: [token: ${SECRET}`, /not valid YAML/],
      [`a: 1\nusers: ${SECRET}\nusers: ${SECRET}`, /a key is there twice \(line 3\)/],
      [`${untrusted()}---\n${untrusted()}`, /holds several documents, expected one/],
      [untrusted({ root: { kind: "Secret" } }), /kind must be Config/],
      [untrusted({ root: { apiVersion: "v2" } }), /apiVersion must be v1/],
      [untrusted({ cluster: { server: "http://api.test" } }), /server must start with https:\/\/: a credential/],
      [
        untrusted({ cluster: { "certificate-authority-data": Buffer.from(BROKEN).toString("base64") } }),
        /certificate-authority must hold at least one certificate/,
      ],
      [
        untrusted({ user: { "client-certificate-data": PACKED_CERT, "client-key-data": PACKED_OTHER_KEY } }),
        /client-certificate-data and client-key-data must belong together: found the key of another certificate/,
      ],
      [untrusted({ user: { token: SECRET, username: "me" } }), /token and username must not be given together/],
      [untrusted({ user: { password: SECRET } }), /username is missing/],
      [SECRET, /must be an object/],
      [" ".repeat(1_048_577), /found 1048577 characters, expected at most 1048576/],
      [untrusted({ root: { "current-context": "" } }), /current-context is missing/],
      [untrusted({ root: { "current-context": "x" } }), /there is no context "x"/],
      [untrusted({ root: { clusters: [] } }), /there is no cluster "mcp"/],
      [untrusted({ root: { users: SECRET } }), /users must be a list/],
      [untrusted({ cluster: { server: "" } }), /server is missing/],
      [untrusted({ cluster: { server: `file:///${SECRET}` } }), /server must be a URL that starts with https:\/\//],
      [untrusted({ cluster: { server: `https://me:${SECRET}@api` } }), /must not carry credentials/],
      [untrusted({ cluster: { "proxy-url": "socks5://proxy" } }), /proxy-url must be a URL/],
      [untrusted({ cluster: { "certificate-authority-data": SECRET } }), /must be PEM in base64/],
      [untrusted({ cluster: { "insecure-skip-tls-verify": "yes" } }), /must be true or false/],
      [untrusted({ user: { token: `${SECRET}\r\nimpersonate-user: admin` } }), /token must be printable/],
      [untrusted({ user: { token: 5 } }), /token must be a string/],
      [untrusted({ user: { "client-certificate-data": PACKED_CERT } }), /must be given together/],
    ];
    for (const [text, expected] of table) {
      assert.match(refusalOf(text), expected);
    }
  });

  it("refuses a field that reaches outside, whatever it holds and whatever stands around it", () => {
    const field = fc.constantFrom("exec", "auth-provider", "tokenFile", "client-certificate", "client-key", "as");
    const value = fc.oneof(fc.string({ minLength: 1 }), fc.integer(), fc.dictionary(fc.string(), fc.jsonValue()));
    const around = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(field, value, around, (name, held, rest) => {
        const user = { ...rest, [name]: held };

        assert.throws(() => parseUntrustedKubeconfig(untrusted({ user })), UntrustedKubeconfigError);
      }),
    );
  });

  it("answers any text with a configuration or its own error", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.jsonValue().map((value) => dump(value)),
        ),
        (text) => {
          assert.throws(() => parseUntrustedKubeconfig(text), UntrustedKubeconfigError);
        },
      ),
    );
  });
});
