import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { dump } from "js-yaml";
import { parseUntrustedKubeconfig, UntrustedKubeconfigError } from "./kubeconfig.ts";
import { issue } from "./testing/x509.ts";

const signal = new AbortController().signal;
const SECRET = "hunter2";
const PAIR = issue({ subject: "someone" });
const PACKED_CERT = Buffer.from(PAIR.cert).toString("base64");
const PACKED_OTHER_KEY = Buffer.from(issue({ subject: "other", keyType: "rsa" }).key).toString("base64");
const BROKEN = "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n";
const PACKED_KEY = Buffer.from(PAIR.key).toString("base64");

type Parts = { readonly cluster?: object; readonly user?: object; readonly root?: object };

function kubeconfig({ cluster, user, root }: Parts = {}): string {
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
      kubeconfig({ cluster: { "certificate-authority-data": PACKED_CERT, "tls-server-name": "api" } }),
    );

    assert.deepEqual(config, {
      server: "https://api.test:6443",
      ca: PAIR.cert,
      insecureSkipTlsVerify: false,
      tlsServerName: "api",
    });
    assert.deepEqual(await credentials({ signal }), { headers: { authorization: "Bearer hunter2" } });
  });

  it("reads name and password, and client certificates", async () => {
    const basic = parseUntrustedKubeconfig(kubeconfig({ user: { username: "me", password: "pass" } }));
    const user = { "client-certificate-data": PACKED_CERT, "client-key-data": PACKED_KEY };
    const certificate = parseUntrustedKubeconfig(kubeconfig({ user }));

    assert.deepEqual(await basic.credentials({ signal }), { headers: { authorization: "Basic bWU6cGFzcw==" } });
    assert.deepEqual(await certificate.credentials({ signal }), {
      headers: {},
      clientCertificate: { cert: PAIR.cert, key: PAIR.key },
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
      const message = refusalOf(kubeconfig({ user: { token: SECRET, [field]: value } }));

      assert.ok(message.startsWith(`user "mcp": ${field} is refused`), message);
    });
  }

  it("refuses a command that a merge key brings in", () => {
    const text = kubeconfig().replace(/token: .*/, "<<: { exec: { command: sh } }");

    assert.match(refusalOf(text), /^user "mcp": exec is refused/);
  });

  it("refuses a certificate authority in a file", () => {
    const message = refusalOf(kubeconfig({ cluster: { "certificate-authority": "/etc/ca" } }));

    assert.ok(message.startsWith('cluster "mcp": certificate-authority is refused'), message);
  });

  it("refuses a command in an entry that is not in use", () => {
    const users = [
      { name: "mcp", user: { token: SECRET } },
      { name: "other", user: { exec: {} } },
    ];

    assert.match(refusalOf(kubeconfig({ root: { users } })), /^user "other": exec is refused/);
  });

  it("refuses a command in a second entry of a name, which parsers may or may not prefer", () => {
    const users = [
      { name: "mcp", user: { token: SECRET } },
      { name: "mcp", user: { exec: {} } },
    ];

    assert.match(refusalOf(kubeconfig({ root: { users } })), /name is there twice/);
  });

  it("says what is wrong with everything else it cannot use", () => {
    const table: readonly (readonly [string, RegExp])[] = [
      [`users: [token: ${SECRET}`, /not valid YAML/],
      [`a: 1\nusers: ${SECRET}\nusers: ${SECRET}`, /a key is there twice \(line 3\)/],
      [`${kubeconfig()}---\n${kubeconfig()}`, /holds several documents, expected one/],
      [kubeconfig({ root: { kind: "Secret" } }), /kind must be Config/],
      [kubeconfig({ root: { apiVersion: "v2" } }), /apiVersion must be v1/],
      [kubeconfig({ cluster: { server: "http://api.test" } }), /server must start with https:\/\/: a credential/],
      [
        kubeconfig({ cluster: { "certificate-authority-data": Buffer.from(BROKEN).toString("base64") } }),
        /certificate-authority must hold at least one certificate/,
      ],
      [
        kubeconfig({ user: { "client-certificate-data": PACKED_CERT, "client-key-data": PACKED_OTHER_KEY } }),
        /client-certificate-data and client-key-data must belong together: found the key of another certificate/,
      ],
      [kubeconfig({ user: { token: SECRET, username: "me" } }), /token and username must not be given together/],
      [kubeconfig({ user: { password: SECRET } }), /username is missing/],
      [SECRET, /must be an object/],
      [" ".repeat(1_048_577), /found 1048577 characters, expected at most 1048576/],
      [kubeconfig({ root: { "current-context": "" } }), /current-context is missing/],
      [kubeconfig({ root: { "current-context": "x" } }), /there is no context "x"/],
      [kubeconfig({ root: { clusters: [] } }), /there is no cluster "mcp"/],
      [kubeconfig({ root: { users: SECRET } }), /users must be a list/],
      [kubeconfig({ cluster: { server: "" } }), /server is missing/],
      [kubeconfig({ cluster: { server: `file:///${SECRET}` } }), /server must be a URL that starts with https:\/\//],
      [kubeconfig({ cluster: { server: `https://me:${SECRET}@api` } }), /must not carry credentials/],
      [kubeconfig({ cluster: { "proxy-url": "socks5://proxy" } }), /proxy-url must be a URL/],
      [kubeconfig({ cluster: { "certificate-authority-data": SECRET } }), /must be PEM in base64/],
      [kubeconfig({ cluster: { "insecure-skip-tls-verify": "yes" } }), /must be true or false/],
      [kubeconfig({ user: { token: `${SECRET}\r\nimpersonate-user: admin` } }), /token must be printable/],
      [kubeconfig({ user: { token: 5 } }), /token must be a string/],
      [kubeconfig({ user: { "client-certificate-data": PACKED_CERT } }), /must be given together/],
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

        assert.throws(() => parseUntrustedKubeconfig(kubeconfig({ user })), UntrustedKubeconfigError);
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
