import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";

import { unpackTar } from "modern-tar";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import type { Finding } from "../../src/openmcp/service/finding.ts";
import type { Obj } from "../../sim/object.ts";
import { answerOf, answerOfProcess } from "../support/answer-of.ts";
import { awaitGone } from "../support/await-object.ts";
import { documentedRights } from "../support/documented-rights.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { createLimitedAccount } from "../support/limited-account.ts";
import {
  POD_NAMESPACE,
  prepare,
  PULL_SECRET,
  pullSecret,
  startWorld,
  type Tenant,
  type World,
} from "../support/world.ts";

type Report = { readonly status: number | null; readonly findings: readonly Finding[]; readonly stdout: string };

const CONFIG = ref("providerConfig", "ocm");
const namespace = "project-x--ws-y";
/** The checks that are content when all is well, on every ground. */
const EACH =
  "platform onboarding onboarding-token onboarding-crds onboarding-rights admission crds rights configuration leader readiness access flux registry".split(
    " ",
  );

describe("doctor", () => {
  let world: World;
  let provider: ProviderProcess;
  let versions: readonly { readonly version: string }[];
  let tenant: Tenant;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    versions = world.ground.charts.versions.map((version) => ({ version }));
    await world.configure({ versions });
    provider = await lead();
    tenant = await install(world, { name: "mcp-01", namespace });
  });
  after(() => world.stop());

  it("finds that all is well", async () => {
    const { status, findings } = await examine(`--probe-url=${provider.healthURL}`);

    assert.deepEqual([status, findings.filter(({ level }) => level === "failed")], [0, []]);
    const good = new Set(findings.filter(({ level }) => level === "ok").map(({ check }) => check));
    for (const check of EACH) {
      assert.ok(good.has(check), `${check} is not ok: ${JSON.stringify(findings, undefined, 2)}`);
    }
  });

  it("says so in lines for people", async () => {
    const { status, stdout } = await answerOf(world, ["doctor"]);

    assert.equal(status, 0);
    assert.match(stdout, /^ok {6}registry: /mu);
    assert.match(stdout, /\d+ ok\n$/u);
  });

  it("finds a login that the registry refuses", async () => {
    const { dockerConfigJson, wrongDockerConfigJson } = world.ground.charts;
    await logInWith(wrongDockerConfigJson);

    const { findings, stdout } = await failsIn("registry", /401|UNAUTHORIZED/u);

    assert.ok(findings.some(({ advice = "" }) => advice.includes("renew the login")));
    const { auths } = JSON.parse(wrongDockerConfigJson) as { auths: Record<string, { password: string }> };
    for (const { password } of Object.values(auths)) {
      assert.ok(!stdout.includes(password));
    }
    await logInWith(dockerConfigJson);
  });

  it("finds a registry that does not answer", async () => {
    await world.ground.crashRegistry();

    await failsIn("registry", /with the login of Secret "chart-registry": GET /u);

    await world.ground.reviveRegistry();
  });

  it("finds a version on offer that nobody has pushed", async () => {
    await world.platform.patchMerge(CONFIG, { spec: { versions: [...versions, { version: "99.0.0" }] } });

    await failsIn("registry", /does not give 99\.0\.0 .*404/u);

    await world.platform.patchMerge(CONFIG, { spec: { versions } });
  });

  it("finds a Secret that is named and does not exist", async () => {
    await world.platform.patchMerge(CONFIG, { spec: { imagePullSecret: { name: "nowhere" } } });

    await failsIn("configuration", /names Secret "nowhere", which does not exist/u);

    await world.platform.patchMerge(CONFIG, { spec: { imagePullSecret: { name: PULL_SECRET } } });
  });

  it("finds settings that cannot work", async () => {
    await world.platform.patchMerge(CONFIG, { spec: { versions: [{ version: "no version" }] } });

    await failsIn("configuration", /is not valid: spec\.versions/u);

    await world.platform.patchMerge(CONFIG, { spec: { versions } });
  });

  it("finds rights that an account lacks, and needs no others itself", async () => {
    const rights = documentedRights("Platform cluster").filter(({ command }) => command === "run");
    const enough = await createLimitedAccount(world, "doctor", rights);
    const few = rights.map((right) => ({
      ...right,
      rule: { ...right.rule, verbs: right.rule.verbs.filter((verb) => verb !== "delete") },
    }));
    const tooFew = await createLimitedAccount(world, "doctor-lame", few);

    const { status, findings } = await examine(`--kubeconfig=${enough}`, "--provider-name=ocm");
    assert.deepEqual([status, findings.filter(({ level }) => level === "failed")], [0, []]);

    await failsIn("rights", /delete helmreleases\.helm\.toolkit\.fluxcd\.io/u, [
      `--kubeconfig=${tooFew}`,
      "--provider-name=ocm",
    ]);
  });

  it("finds that the provider is not registered", async () => {
    const provided = ref("serviceProvider", "ocm");
    const { status } = await world.platform.get<Obj & { readonly status: object }>(provided);
    await world.platform.patchMerge(provided, { status: { resources: [] } }, { subresource: "status" });

    await failsIn("registration", /does not have OCM\.v1alpha1/u, ["--provider-name=ocm"]);

    await world.platform.patchMerge(provided, { status }, { subresource: "status" });
  });

  it("says what it can while the onboarding cluster does not answer", async () => {
    await world.ground.crash(world.ground.onboarding);

    const { findings } = await failsIn("onboarding", /./u);

    assert.ok(findings.some(({ check, level }) => check === "registry" && level === "ok"));
    await world.ground.revive(world.ground.onboarding);
    await provider.ready();
  });

  it("finds that nobody leads, and waits until somebody does", async () => {
    await provider.stop();
    await failsIn("leader", /nobody holds the Lease "sp-ocm"/u);

    const [command, waiting] = startWaiting();
    const [told] = (await once(command.stderr, "data")) as [Buffer];
    provider = await lead();

    assert.match(told.toString(), /waiting: leader: nobody holds/u);
    assert.equal(await waiting, 0);
  });

  it("gives up waiting after a while", async () => {
    await world.ground.crashRegistry();

    const { status, stdout } = await answerOf(world, ["doctor", "--wait", "--timeout=1s"]);

    assert.equal(status, 1);
    assert.match(stdout, /^FAILED {2}registry: /mu);
    await world.ground.reviveRegistry();
  });

  it("says one thing when the platform cluster does not answer", async () => {
    const { findings } = await failsIn("platform", /ECONNREFUSED|refused/u, [
      "--kubeconfig",
      await kubeconfigOfNobody(),
    ]);

    assert.equal(findings.length, 1);
  });

  it("writes a bundle without a secret", async () => {
    const planted = await plant();
    const folder = await mkdtemp(join(world.ground.folder, "bundle-"));
    const path = join(folder, "bundle.tgz");

    const { status } = await answerOf(world, ["doctor", `--bundle=${path}`, `--probe-url=${provider.healthURL}`]);

    assert.ok(status === 0 || status === 1);
    const { files, text } = await unpacked(path);
    for (const name of ["report.json", "tenants.json", "readyz.txt", `platform/${POD_NAMESPACE}/secrets.json`]) {
      assert.ok(files.includes(`doctor/${name}`), `${name} is missing: ${files.join(", ")}`);
    }
    assert.ok(files.some((name) => name.endsWith("/helmreleases.json")));
    assert.ok(text.includes(tenant.tenantNamespace));
    for (const each of planted) {
      assert.ok(!text.includes(each), `the bundle has ${each}`);
    }
  });

  it("writes a bundle to standard output, and the report beside it", async () => {
    const path = join(world.ground.folder, "stdout.tgz");
    const env = { KUBECONFIG: world.ground.platform.kubeconfigPath, POD_NAMESPACE };
    const script = `"$0" dist/service-provider-ocm.mjs doctor --bundle=- > "$1"`;

    const { stderr } = await answerOfProcess({ path: "/bin/sh", args: ["-c", script, process.execPath, path], env });

    assert.match(stderr, /^ok {6}platform: /mu);
    assert.ok((await unpacked(path)).files.includes("doctor/report.txt"));
  });

  it("finds a CRD that is gone", async () => {
    await world.platform.delete(ref("crd", "providerconfigs.ocm.services.open-control-plane.io"));
    await awaitGone(world.platform, ref("crd", "providerconfigs.ocm.services.open-control-plane.io"));

    await failsIn("crds", /providerconfigs\.ocm\.services\.open-control-plane\.io does not exist/u);
  });

  async function examine(...args: readonly string[]): Promise<Report> {
    const { status, stdout, stderr } = await answerOf(world, ["doctor", "-o", "json", ...args]);
    assert.ok(stdout.startsWith("{"), stderr);
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
    return { status, findings, stdout };
  }

  /** Expects one check to fail, with these words. */
  async function failsIn(check: string, words: RegExp, args: readonly string[] = []): Promise<Report> {
    const report = await examine(...args);
    const failed = report.findings.filter(({ level }) => level === "failed");

    assert.equal(report.status, 1);
    assert.ok(
      failed.some((finding) => finding.check === check && words.test(finding.found)),
      JSON.stringify(report.findings, undefined, 2),
    );
    return report;
  }

  /** Starts `doctor --wait`, and says how it ends. */
  function startWaiting(): readonly [ChildProcessByStdio<null, null, Readable>, Promise<number | null>] {
    const { kubeconfigPath: KUBECONFIG } = world.ground.platform;
    const words = ["dist/service-provider-ocm.mjs", "doctor", "--wait", "--timeout=2m"];
    const env = { KUBECONFIG, POD_NAMESPACE };
    const command = spawn(process.execPath, words, { env, stdio: ["ignore", "ignore", "pipe"] });
    return [command, new Promise((resolve) => command.on("exit", resolve))];
  }

  async function lead(): Promise<ProviderProcess> {
    return world.run({ args: ["--leader-elect"] });
  }

  async function logInWith(dockerConfigJson: string): Promise<void> {
    const { data } = pullSecret(dockerConfigJson);
    await world.platform.patchMerge(ref("secret", PULL_SECRET, POD_NAMESPACE), { data });
  }

  async function kubeconfigOfNobody(): Promise<string> {
    const { kubeconfig, server } = world.ground.platform;
    const path = join(world.ground.folder, "nobody.kubeconfig");
    await writeFile(path, kubeconfig.replace(server, "https://127.0.0.1:1"));
    return path;
  }

  /** Puts secrets wherever there is room for one, and returns them with those that are there already. */
  async function plant(): Promise<readonly string[]> {
    const places = ["data", "values", "annotation", "event", "config"];
    const note = (place: string): object => ({ metadata: { annotations: { "team.example/note": secret(place) } } });
    await world.platform.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "somebodys", namespace: POD_NAMESPACE },
      stringData: { password: secret("data") },
    });
    await world.platform.patchMerge(CONFIG, {
      spec: { values: { manager: { env: [{ name: "X", value: secret("values") }] } } },
    });
    await world.platform.patchMerge(CONFIG, note("annotation"));
    await world.platform.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "somebodys", namespace: POD_NAMESPACE },
      data: { text: secret("config") },
    });
    await world.platform.create({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "told", namespace: POD_NAMESPACE },
      involvedObject: { kind: "Pod", name: "x", namespace: POD_NAMESPACE },
      message: `pull failed: https://user:${secret("event")}@registry.example/v2/: password=${secret("event")}`,
      reason: "Failed",
      type: "Warning",
      source: { component: "test" },
    });
    const { dockerConfigJson } = world.ground.charts;
    const { auths } = JSON.parse(dockerConfigJson) as { auths: Record<string, { password: string; auth: string }> };
    const logins = Object.values(auths).flatMap(({ password, auth }) => [password, auth]);
    const kubeconfig = await readFile(world.ground.platform.kubeconfigPath, "utf8");
    const tokens = Array.from(kubeconfig.matchAll(/(?:token|-data): ["']?([^\s"']+)/gu), ([, token = ""]) => token);
    return [...places.map(secret), ...logins, ...tokens];
  }
});

function secret(place: string): string {
  return `planted-${place}-Zq9Zq9`;
}

async function unpacked(path: string): Promise<{ readonly files: readonly string[]; readonly text: string }> {
  const archive = gunzipSync(await readFile(path));
  const entries = await unpackTar(archive, { strict: true });
  return { files: entries.map(({ header }) => header.name), text: archive.toString("utf8") };
}
