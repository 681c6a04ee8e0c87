import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { dump } from "js-yaml";
import { loadDefault, loadInCluster, loadKubeconfig } from "./kubeconfig.ts";
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
