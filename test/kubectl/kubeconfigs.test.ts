import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readText } from "../../src/kube/transport.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { type AskedServer, startAskedServer } from "./asked-server.ts";
import { getWithKubectl, hasKubectl } from "./run-kubectl.ts";
import { pem } from "../../src/kube/der.ts";
import { type CertificateOptions, issue } from "../../src/kube/testing/x509.ts";
import { createTransport } from "../../src/kube/http-transport.ts";

/**
 * One kubeconfig, and what kubectl 1.32 made of it: who the server saw, or REFUSED.
 *
 * kubectl is asked again where it is there.
 */
type Row = {
  readonly what: string;
  /** Certificate of the server; `false` for a server without TLS. */
  readonly server?: { readonly cert: string; readonly key: string } | false;
  readonly cluster?: object;
  readonly user?: object;
  /** Changes the text of the kubeconfig. */
  readonly write?: (text: string) => string;
  /** Contents of files that stand before the kubeconfig in `KUBECONFIG`. */
  readonly filesBefore?: readonly string[];
  readonly filesAfter?: readonly string[];
  readonly kubectl: string;
  /** Where this client is meant to differ, and why. */
  readonly ours?: { readonly verdict: string; readonly because: string };
};

const REFUSED = "refused";
const TOKEN = "Bearer abc";
const LONG_AGO = new Date("2001-01-01T00:00:00Z");
const EXEC_VERSION = "client.authentication.k8s.io/v1";

/** Names of files beside the kubeconfigs. */
const [EMPTY_FILE, AUTHORITY_FILE] = ["empty", "authority"];

const names = ["127.0.0.1", "api.test", "*.local"];
const root = issue({ subject: "root", isAuthority: true });
const intermediate = issue({ subject: "intermediate", isAuthority: true, issuer: root });
const leaf = issue({ subject: "server", issuer: intermediate, names });
const unmarked: CertificateOptions = { subject: "kubernetes", isAuthority: true, keyIdentifiers: false };
const [older, old, current] = [issue(unmarked), issue(unmarked), issue(unmarked)];
const oldOfOtherType = issue({ ...unmarked, keyType: "rsa" });
const currentLeaf = issue({ subject: "server", issuer: current, names, keyIdentifiers: false });
const noAuthority = issue({ subject: "none" });
const expiredRoot = issue({ subject: "root", isAuthority: true, notAfter: LONG_AGO });
const weakRoot = issue({ subject: "weak", isAuthority: true, digest: "sha1" });
const client = issue({ subject: "me", issuer: root });
const rsaClient = issue({ subject: "me", issuer: root, keyType: "rsa" });
const BROKEN = pem("CERTIFICATE", Buffer.from("no certificate"));
const EC_PARAMETERS = pem("EC PARAMETERS", Buffer.from("06082a8648ce3d030107", "hex"));

function packed(...texts: readonly string[]): string {
  return Buffer.from(texts.join("")).toString("base64");
}

function trusting(...certificates: readonly string[]): object {
  return { "certificate-authority-data": packed(...certificates) };
}

function certified(cert: string, key: string): object {
  return { "client-certificate-data": packed(cert), "client-key-data": packed(key) };
}

function plugin(status: object | undefined, fields: object = {}): object {
  const answer = JSON.stringify({ kind: "ExecCredential", apiVersion: EXEC_VERSION, status });
  const script = 'printf %s "$ANSWER"';
  const env = [{ name: "ANSWER", value: answer }];
  const command = { apiVersion: EXEC_VERSION, command: "/bin/sh", args: ["-c", script], env, interactiveMode: "Never" };
  return { exec: { ...command, ...fields } };
}

const authorities: readonly Row[] = [
  {
    what: "the authority",
    server: { ...leaf, cert: leaf.cert + intermediate.cert },
    cluster: trusting(root.cert),
    kubectl: TOKEN,
  },
  { what: "an intermediate authority alone", cluster: trusting(intermediate.cert), kubectl: TOKEN },
  { what: "the server's own certificate, of another issuer", cluster: trusting(leaf.cert), kubectl: TOKEN },
  { what: "a root that the server's chain does not reach", cluster: trusting(root.cert), kubectl: REFUSED },
  { what: "another authority", cluster: trusting(old.cert), kubectl: REFUSED },
  {
    what: "the old and the new authority",
    server: currentLeaf,
    cluster: trusting(old.cert, current.cert),
    kubectl: TOKEN,
  },
  {
    what: "the new and the old authority",
    server: currentLeaf,
    cluster: trusting(current.cert, old.cert),
    kubectl: TOKEN,
  },
  {
    what: "two old authorities before the new one",
    server: currentLeaf,
    cluster: trusting(older.cert, old.cert, current.cert),
    kubectl: TOKEN,
  },
  {
    what: "the new authority between others",
    server: currentLeaf,
    cluster: trusting(older.cert, root.cert, current.cert, old.cert),
    kubectl: TOKEN,
  },
  {
    what: "an old authority with a key of another type",
    server: currentLeaf,
    cluster: trusting(oldOfOtherType.cert, current.cert),
    kubectl: TOKEN,
  },
  {
    what: "only old authorities of the right name",
    server: currentLeaf,
    cluster: trusting(older.cert, old.cert),
    kubectl: REFUSED,
  },
  { what: "a broken certificate first", cluster: trusting(BROKEN, intermediate.cert), kubectl: TOKEN },
  { what: "a broken certificate last", cluster: trusting(intermediate.cert, BROKEN), kubectl: TOKEN },
  {
    what: "a certificate without end first",
    cluster: trusting(leaf.cert.slice(0, 100), "\n", intermediate.cert),
    kubectl: TOKEN,
  },
  { what: "nothing but a broken certificate", cluster: trusting(BROKEN), kubectl: REFUSED },
  {
    what: "text around certificates",
    cluster: trusting("# old\n", root.cert, "\n# new\n", intermediate.cert),
    kubectl: TOKEN,
  },
  {
    what: "a private key before the certificate",
    cluster: trusting(intermediate.key, intermediate.cert),
    kubectl: TOKEN,
  },
  { what: "line ends of Windows", cluster: trusting(intermediate.cert.replaceAll("\n", "\r\n")), kubectl: TOKEN },
  {
    what: "another label than CERTIFICATE",
    cluster: trusting(intermediate.cert.replaceAll("CERT", "TRUSTED CERT")),
    kubectl: REFUSED,
  },
  {
    what: "a block with headers",
    cluster: trusting(intermediate.cert.replace("-----\n", "-----\nProc-Type: x\n\n")),
    kubectl: REFUSED,
  },
  {
    what: "text after a certificate's last line",
    cluster: trusting(intermediate.cert.replace(/\n$/, " old\n")),
    kubectl: REFUSED,
  },
  {
    what: "certificates without a line break between them",
    cluster: trusting(intermediate.cert.trimEnd(), root.cert),
    kubectl: REFUSED,
  },
  { what: "no PEM", cluster: trusting("hello"), kubectl: REFUSED },
  {
    what: "base64 in lines",
    cluster: { "certificate-authority-data": packed(intermediate.cert).replaceAll(/.{60}/g, "$&\n") },
    kubectl: TOKEN,
  },
  {
    what: "base64 with blanks",
    cluster: { "certificate-authority-data": packed(intermediate.cert).replaceAll(/.{60}/g, "$& ") },
    kubectl: REFUSED,
  },
  {
    what: "an authority that may not sign",
    server: issue({ subject: "server", issuer: noAuthority, names }),
    cluster: trusting(noAuthority.cert),
    kubectl: REFUSED,
  },
  {
    what: "a server certificate signed with SHA-1",
    server: issue({ subject: "server", issuer: root, names, digest: "sha1" }),
    cluster: trusting(root.cert),
    kubectl: REFUSED,
  },
  {
    what: "an authority that signed itself with SHA-1",
    server: issue({ subject: "server", issuer: weakRoot, names }),
    cluster: trusting(weakRoot.cert),
    kubectl: TOKEN,
  },
  {
    what: "a server certificate that has expired",
    server: issue({ subject: "server", issuer: root, names, notAfter: LONG_AGO }),
    cluster: trusting(root.cert),
    kubectl: REFUSED,
  },
  {
    what: "an authority that has expired",
    server: issue({ subject: "server", issuer: expiredRoot, names }),
    cluster: trusting(expiredRoot.cert),
    kubectl: REFUSED,
  },
  {
    what: "an authority and no verification",
    cluster: { ...trusting(intermediate.cert), "insecure-skip-tls-verify": true },
    kubectl: REFUSED,
  },
  { what: "no verification", cluster: { "insecure-skip-tls-verify": true }, kubectl: TOKEN },
  { what: "no authority", cluster: {}, kubectl: REFUSED },
];

const serverNames: readonly Row[] = [
  { what: "a server name", cluster: { "tls-server-name": "API.test" }, kubectl: TOKEN },
  { what: "a server name with a dot at its end", cluster: { "tls-server-name": "api.test." }, kubectl: TOKEN },
  { what: "another server name", cluster: { "tls-server-name": "other.test" }, kubectl: REFUSED },
  { what: "an address as server name", cluster: { "tls-server-name": "127.0.0.1" }, kubectl: TOKEN },
  { what: "another address as server name", cluster: { "tls-server-name": "127.0.0.2" }, kubectl: REFUSED },
  { what: "a wildcard of two labels", cluster: { "tls-server-name": "api.local" }, kubectl: TOKEN },
  { what: "a wildcard for two labels", cluster: { "tls-server-name": "api.eu.local" }, kubectl: REFUSED },
  { what: "a wildcard for no label", cluster: { "tls-server-name": "local" }, kubectl: REFUSED },
  {
    what: "a wildcard for a part of a label",
    server: issue({ subject: "server", issuer: intermediate, names: ["a*.test"] }),
    cluster: { "tls-server-name": "api.test" },
    kubectl: REFUSED,
  },
  {
    what: "a name as common name only",
    server: issue({ subject: "api.test", issuer: intermediate }),
    cluster: { "tls-server-name": "api.test" },
    kubectl: REFUSED,
  },
  {
    what: "an address as common name only",
    server: issue({ subject: "127.0.0.1", issuer: intermediate }),
    kubectl: REFUSED,
  },
].map((row) => ({ ...row, cluster: { ...trusting(intermediate.cert), ...row.cluster } }));

const users: readonly Row[] = [
  { what: "a client certificate", user: certified(client.cert, client.key), kubectl: "certificate of me" },
  {
    what: "a client certificate with its chain",
    user: certified(client.cert + root.cert, client.key),
    kubectl: "certificate of me",
  },
  {
    what: "certificate and key in one text",
    user: certified(client.key + client.cert, client.key + client.cert),
    kubectl: "certificate of me",
  },
  {
    what: "a key after its parameters",
    user: certified(client.cert, EC_PARAMETERS + client.keys.privateKey.export({ type: "sec1", format: "pem" })),
    kubectl: "certificate of me",
  },
  {
    what: "an RSA key as PKCS #1",
    user: certified(rsaClient.cert, rsaClient.keys.privateKey.export({ type: "pkcs1", format: "pem" })),
    kubectl: "certificate of me",
  },
  { what: "a key of another type", user: certified(client.cert, rsaClient.key), kubectl: REFUSED },
  { what: "a key of another certificate", user: certified(client.cert, leaf.key), kubectl: REFUSED },
  { what: "a chain in the wrong order", user: certified(root.cert + client.cert, client.key), kubectl: REFUSED },
  {
    what: "a key with a passphrase",
    user: certified(
      client.cert,
      client.keys.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }),
    ),
    kubectl: REFUSED,
  },
  { what: "a broken client certificate", user: certified(BROKEN, client.key), kubectl: REFUSED },
  { what: "a broken client key", user: certified(client.cert, pem("PRIVATE KEY", Buffer.from("x"))), kubectl: REFUSED },
  {
    what: "a client certificate without key",
    user: { "client-certificate-data": packed(client.cert) },
    kubectl: REFUSED,
  },
  {
    what: "a client key beside a token",
    user: { token: "abc", "client-key-data": packed(client.key) },
    kubectl: TOKEN,
  },
  {
    what: "a client certificate and a token",
    user: { token: "abc", ...certified(client.cert, client.key) },
    kubectl: `${TOKEN}, certificate of me`,
  },
  { what: "a token and a name", user: { token: "abc", username: "me", password: "x" }, kubectl: REFUSED },
  { what: "a name without password", user: { username: "me" }, kubectl: "Basic bWU6" },
  { what: "groups to act in without a user to act as", user: { token: "abc", "as-groups": ["a"] }, kubectl: REFUSED },
  { what: "no groups to act in", user: { token: "abc", "as-groups": [], "as-user-extra": {} }, kubectl: TOKEN },
  {
    what: "a user to act as beyond ASCII",
    user: { token: "abc", as: "Jürgen Żak" },
    kubectl: `${TOKEN} as ${Buffer.from("Jürgen Żak").toString("latin1")}`,
  },
  { what: "a token with a line break", user: { token: "abc\n" }, kubectl: REFUSED },
  {
    what: "a token with a blank",
    user: { token: "a bc" },
    kubectl: "Bearer a bc",
    ours: { verdict: REFUSED, because: "no server issues one" },
  },
  { what: "a plugin", user: plugin({ token: "printed" }), kubectl: "Bearer printed" },
  {
    what: "a plugin that prints a certificate",
    user: plugin({ clientCertificateData: client.cert, clientKeyData: client.key }),
    kubectl: "certificate of me",
  },
  {
    what: "a plugin and a user to act as",
    user: { as: "you", ...plugin({ token: "printed" }) },
    kubectl: "Bearer printed as you",
  },
  {
    what: "a plugin that prints YAML without kind",
    user: plugin({}, { args: ["-c", `echo 'apiVersion: ${EXEC_VERSION}\nstatus: {token: printed}'`] }),
    kubectl: "Bearer printed",
  },
  {
    what: "a plugin that asks for the authorities, which are in a file",
    cluster: { "certificate-authority": AUTHORITY_FILE },
    user: plugin(
      {},
      {
        provideClusterInfo: true,
        args: [
          "-c",
          `printf '{"apiVersion":"${EXEC_VERSION}","kind":"ExecCredential","status":{"token":"%s"}}' "$(
            printf %s "$KUBERNETES_EXEC_INFO" | sed 's/.*"certificate-authority-data":"\\([^"]*\\).*/\\1/')"`,
        ],
      },
    ),
    kubectl: `Bearer ${packed(intermediate.cert)}`,
  },
  { what: "a plugin that prints an empty status", user: plugin({}), kubectl: REFUSED },
  { what: "a plugin that prints no status", user: plugin(undefined), kubectl: REFUSED },
  { what: "a plugin that prints an empty token", user: plugin({ token: "" }), kubectl: REFUSED },
  {
    what: "a plugin that prints the key of another certificate",
    user: plugin({ clientCertificateData: client.cert, clientKeyData: leaf.key }),
    kubectl: REFUSED,
  },
  {
    what: "a plugin that prints a token and a broken certificate",
    user: plugin({ token: "printed", clientCertificateData: "x", clientKeyData: "y" }),
    kubectl: REFUSED,
  },
  { what: "a token beside a plugin", user: { token: "abc", ...plugin({ token: "printed" }) }, kubectl: TOKEN },
  {
    what: "a name beside a plugin",
    user: { username: "me", password: "x", ...plugin({ token: "printed" }) },
    kubectl: "Basic bWU6eA==",
  },
  {
    what: "a client certificate beside a plugin",
    user: { ...certified(client.cert, client.key), ...plugin({ token: "printed" }) },
    kubectl: "certificate of me",
  },
  {
    what: "a client key beside a plugin",
    user: { "client-key-data": packed(client.key), ...plugin({ token: "printed" }) },
    kubectl: "Bearer printed",
  },
  {
    what: "a token beside a plugin without command",
    user: { token: "abc", ...plugin({}, { command: "" }) },
    kubectl: REFUSED,
  },
  {
    what: "a token beside a token file that is not there",
    user: { token: "abc", tokenFile: "/not/there" },
    kubectl: TOKEN,
  },
  { what: "a token beside a token file that is empty", user: { token: "abc", tokenFile: EMPTY_FILE }, kubectl: TOKEN },
  { what: "a token file that is empty", user: { tokenFile: EMPTY_FILE }, kubectl: REFUSED },
  {
    what: "a plugin without interactiveMode",
    user: plugin({ token: "printed" }, { interactiveMode: undefined }),
    kubectl: REFUSED,
    ours: { verdict: "Bearer printed", because: "there is no terminal, so there is nothing to say about it" },
  },
];

const withoutTls: readonly Row[] = [
  { what: "a token", server: false, kubectl: "nobody" },
  { what: "name and password", server: false, user: { username: "me", password: "x" }, kubectl: "nobody" },
  { what: "a plugin", server: false, user: plugin({ token: "printed" }), kubectl: "nobody" },
  { what: "a user to act as", server: false, user: { token: "abc", as: "you" }, kubectl: "nobody as you" },
];

const texts: readonly Row[] = [
  { what: "an empty file before it", filesBefore: [""], kubectl: TOKEN },
  { what: "a file with comments before it", filesBefore: ["# nothing\n"], kubectl: TOKEN },
  { what: "a file with an empty document before it", filesBefore: ["---\n"], kubectl: TOKEN },
  { what: "a file with blank lines before it", filesBefore: [" \n\n"], kubectl: TOKEN },
  { what: "an empty file after it", filesAfter: [""], kubectl: TOKEN },
  { what: "a text before it", filesBefore: ["hello\n"], kubectl: REFUSED },
  { what: "a broken file after it", filesAfter: ["a: ["], kubectl: REFUSED },
  { what: "a second document", write: (text) => `${text}\n---\ncurrent-context: b\n`, kubectl: TOKEN },
  { what: "a first document without content", write: (text) => `---\n---\n${text}`, kubectl: REFUSED },
  {
    what: "a key that is there twice",
    write: (text) => text.replace('"token":"abc"', '"token":"first","token":"second"'),
    kubectl: "Bearer second",
  },
  {
    what: "an entry that is there twice",
    write: (text) => text.replace(/"users":\[(.*?\}\})/, '"users":[$1,$1'),
    kubectl: REFUSED,
  },
  {
    what: "a merge key",
    write: (text) => text.replace('"token":"abc"', "<<: { token: merged }"),
    kubectl: "Bearer merged",
  },
  {
    what: "a switch that says no",
    cluster: { ...trusting(intermediate.cert), "insecure-skip-tls-verify": "SWITCH" },
    write: (text) => text.replace('"SWITCH"', "no"),
    kubectl: TOKEN,
  },
  {
    what: "a switch that says yes",
    cluster: { "insecure-skip-tls-verify": "SWITCH" },
    write: (text) => text.replace('"SWITCH"', "yes"),
    kubectl: TOKEN,
  },
  { what: "a switch that is a text", cluster: { "insecure-skip-tls-verify": "yes" }, kubectl: REFUSED },
  { what: "a token that is a switch", write: (text) => text.replace('"abc"', "yes"), kubectl: REFUSED },
  {
    what: "entries without name, or without anything",
    write: (text) => text.replace('"users":[', '"users":[null,').replace('"clusters":[', '"clusters":[{"cluster":{}},'),
    kubectl: TOKEN,
  },
  { what: "another kind", write: (text) => text.replace('"Config"', '"Secret"'), kubectl: REFUSED },
  { what: "another version", write: (text) => text.replace('"v1"', '"v2"'), kubectl: REFUSED },
  { what: "a blank before the server", write: (text) => text.replace('"https:', '" https:'), kubectl: REFUSED },
  { what: "a server without scheme", write: (text) => text.replace('"https://', '"'), kubectl: REFUSED },
  {
    what: "a query in the server's URL",
    write: (text) => text.replace(/"server":"[^"]*/, "$&?a=b"),
    kubectl: TOKEN,
    ours: { verdict: REFUSED, because: "it would have no effect" },
  },
];

describe("access as kubectl has it", { concurrency: 4 }, () => {
  let folder: string;
  let count = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "as-kubectl-"));
    await writeFile(join(folder, EMPTY_FILE), "");
    await writeFile(join(folder, AUTHORITY_FILE), intermediate.cert);
  });

  after(() => rm(folder, { recursive: true }));

  async function store(text: string): Promise<string> {
    count += 1;
    const path = join(folder, String(count));
    await writeFile(path, text);
    return path;
  }

  async function writeKubeconfigs(row: Row, { url }: AskedServer): Promise<string> {
    const { cluster = trusting(intermediate.cert), user = { token: "abc" }, write = String } = row;
    const text = JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "a",
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
      clusters: [{ name: "a", cluster: { server: url, ...(row.server === false ? {} : cluster) } }],
      users: [{ name: "a", user }],
    });
    const all = [...(row.filesBefore ?? []), write(text), ...(row.filesAfter ?? [])];
    return (await Promise.all(all.map(store))).join(delimiter);
  }

  for (const [title, rows] of Object.entries({ authorities, serverNames, users, withoutTls, texts })) {
    describe(title, { concurrency: 4 }, () => {
      for (const row of rows) {
        it(`${row.ours?.verdict ?? row.kubectl}: ${row.what}`, async () => {
          const server = await startAskedServer(row.server === false ? undefined : (row.server ?? leaf));
          const path = await writeKubeconfigs(row, server);

          const [ours, kubectls] = await Promise.all([
            whoIsSeen(path),
            hasKubectl ? getWithKubectl({ KUBECONFIG: path, HOME: folder }, "/who") : row.kubectl,
          ]);

          await server.close();
          assert.equal(ours, row.ours?.verdict ?? row.kubectl);
          assert.equal(kubectls ?? REFUSED, row.kubectl, "kubectl");
        });
      }
    });
  }
});

async function whoIsSeen(path: string): Promise<string> {
  try {
    const transport = createTransport(await loadKubeconfig(path, { env: {} }));
    const signal = new AbortController().signal;
    const { body } = await transport({ method: "GET", path: "/who", headers: {}, signal }).finally(() => {
      void transport.close();
    });
    return await readText(body, 1000);
  } catch {
    return REFUSED;
  }
}
