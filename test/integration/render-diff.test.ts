import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createCertificate } from "../../sim/certificate.ts";
import { refOf } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { valueAt } from "../../sim/value-at.ts";
import { systemClock } from "../../src/kube/clock.ts";
import { KubeClient } from "../../src/kube/client.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import type { KubeObject } from "../../src/kube/object.ts";
import { type ClosableTransport, readOnlyTransport } from "../../src/kube/transport.ts";
import { createTransport } from "../../src/kube/http-transport.ts";
import { ANNOTATIONS } from "../../src/ocm/annotations.ts";
import { definition } from "../../src/ocm/provider.ts";
import { type ComparedTenant, compareLive } from "../../src/openmcp/render/compare-live.ts";
import { asWritten } from "../../src/openmcp/render/offline.ts";
import { keyOf } from "../../src/runtime/key.ts";
import { createLogger } from "../../src/runtime/log.ts";
import { documentedRights } from "../support/documented-rights.ts";
import { createLimitedAccount } from "../support/limited-account.ts";
import { answerOf } from "../support/answer-of.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, awaitReason } from "../support/ocm-status.ts";
import { copyRef, refsOf } from "../support/tenant-refs.ts";
import {
  ocm,
  POD_NAMESPACE,
  prepare,
  providerConfig,
  PULL_SECRET,
  pullSecret,
  startWorld,
  type Tenant,
  type World,
} from "../support/world.ts";
import type { ProviderProcess } from "../../ground/provider-process.ts";

const CONFIG = ref("providerConfig", "ocm");
const OTHER = "other-registry";
const PLANES = "project-x--ws-y";

describe("render --diff", () => {
  let world: World;
  let provider: ProviderProcess;
  let version: string;
  let newerVersion: string;
  let plain: Tenant;
  let suspended: Tenant;
  let withdrawn: Tenant;
  let ignored: Tenant;
  const transports: ClosableTransport[] = [];
  before(async () => {
    world = await startWorld();
    await prepare(world);
    [version = "", newerVersion = ""] = world.ground.charts.versions;
    await world.configure({ pollInterval: "1h", versions: [{ version }, { version: newerVersion }] });
    await world.platform.create(pullSecret(world.ground.charts.dockerConfigJson, OTHER));
    provider = await world.run();
    plain = await install(world, { name: "plain", namespace: PLANES });
    suspended = await install(world, { name: "suspended", namespace: PLANES });
    ignored = await install(world, { name: "ignored", namespace: PLANES });
    withdrawn = await world.order({ name: "withdrawn", namespace: PLANES });
    await world.onboarding.create(ocm(withdrawn, newerVersion));
    await awaitReady(world.onboarding, withdrawn, newerVersion);
    await world.platform.patchMerge(refsOf(suspended).release, { spec: { suspend: true } });
    await awaitReason(world.onboarding, refsOf(suspended).ocm, "ReleaseReady", "ReleaseSuspended");
    const annotations = { "openmcp.cloud/operation": "ignore" };
    await world.onboarding.patchMerge(refsOf(ignored).ocm, { metadata: { annotations } });
  });
  after(async () => {
    await Promise.all(transports.map((transport) => transport.close()));
    await world.stop();
  });

  function changed(): Obj {
    return providerConfig({
      chartURL: world.ground.charts.chartURL,
      pollInterval: "1h",
      imagePullSecret: { name: OTHER },
      values: { manager: { logLevel: "debug" } },
      versions: [{ version }],
    });
  }

  async function client(path: string): Promise<KubeClient> {
    const transport = createTransport(await loadKubeconfig(path, { env: {} }));
    transports.push(transport);
    return new KubeClient({ transport: readOnlyTransport(transport), clock: systemClock, userAgent: "test" });
  }

  /** What is said of each tenant, with the objects as they would be. */
  async function compared(config: Obj): Promise<readonly ComparedTenant[]> {
    const { tenants } = await compareLive(
      definition,
      {
        platform: await client(world.ground.platform.kubeconfigPath),
        onboarding: await client(world.ground.onboarding.kubeconfigPath),
        namespace: POD_NAMESPACE,
        providerName: "ocm",
        clock: systemClock,
        log: createLogger({ level: "silent", pretty: false }),
        signal: new AbortController().signal,
      },
      [{ origin: "the changed ProviderConfig", text: JSON.stringify(config) }],
    );
    return Array.fromAsync(tenants);
  }

  async function assertNothingToChange(): Promise<void> {
    const { status, stdout, stderr } = await answerOf(world, ["render", "--diff"]);
    assert.deepEqual([status, stderr], [0, ""], stdout);
  }

  it("finds nothing to change where everything is as the provider has it", async () => {
    await assertNothingToChange();
  });

  it("counts, groups and shows what a changed ProviderConfig changes, and says what stays", async () => {
    const { status, stdout, stderr } = await answerOf(
      world,
      ["render", "--diff", "-f", "-"],
      JSON.stringify(changed()),
    );

    assert.deepEqual([status, stderr], [1, ""]);
    const expected = [
      /^2 of 4 tenants would change$/m,
      /^changes 2 of 4 HelmReleases$/m,
      /^creates 2 Secrets, deletes 2 of 4 Secrets$/m,
      /^2 HelmReleases changed: spec\.values\n {2}\+ spec\.values:\n {2}\+ {3}manager:\n {2}\+ {5}logLevel: debug\n/m,
      /^2 OCIRepositories changed: spec\.secretRef\.name\n {2}- spec\.secretRef\.name: sp-ocm-chart-registry\n {2}\+ spec\.secretRef\.name: sp-ocm-other-registry\n/m,
      /^ {2}ChartReady VersionWithdrawn: .*\n {4}1: project-x--ws-y\/withdrawn$/m,
      /^ {2}ReleaseReady ReleaseSuspended: .*\n {4}1: project-x--ws-y\/suspended$/m,
      /^ {2}Ready Ignored: .*\n {4}1: project-x--ws-y\/ignored$/m,
    ];
    expected.forEach((pattern) => assert.match(stdout, pattern));
  });

  it("has a shape of JSON for programs", async () => {
    const { status, stdout } = await answerOf(
      world,
      ["render", "--diff", "-o", "json", "-f", "-"],
      JSON.stringify(changed()),
    );

    const { groups, ...others } = JSON.parse(stdout) as { readonly groups: readonly object[] };
    assert.equal(status, 1);
    assert.deepEqual(Object.keys(others), ["schema", "config", "tenants", "changedTenants", "kinds", "remarks"]);
    assert.deepEqual(
      groups.find((group) => "kind" in group && group.kind === "HelmRelease"),
      {
        verb: "change",
        cluster: "platform",
        kind: "HelmRelease",
        fields: ["spec.values"],
        count: 2,
        further: 0,
        diffs: [
          {
            changes: [{ field: "spec.values", to: { manager: { logLevel: "debug" } } }],
            count: 2,
            tenants: [`${PLANES}/plain`, `${PLANES}/suspended`],
          },
        ],
      },
    );
  });

  it("needs no right that the running provider does not have", async () => {
    const rights = documentedRights("Platform cluster").filter(({ command }) => command === "run");
    const kubeconfig = await createLimitedAccount(world, "reader", rights);
    const { caPem } = await createCertificate();
    await world.platform.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "authorities", namespace: POD_NAMESPACE },
      data: { "ca.crt": caPem },
    });
    const config = providerConfig({
      chartURL: world.ground.charts.chartURL,
      imagePullSecret: { name: OTHER },
      caBundleRef: { name: "authorities" },
      versionsFrom: { name: "nowhere" },
      versions: [{ version }, { version: newerVersion }],
    });

    const words = ["render", "--diff", "-f", "-", "--kubeconfig", kubeconfig, "--provider-name", "ocm"];
    const { status, stdout, stderr } = await answerOf(world, words, JSON.stringify(config));

    assert.deepEqual([status, stderr], [1, ""]);
    assert.match(stdout, /^ProviderConfig: Accepted VersionsUnknown: .* Discovery "nowhere" .* does not exist/m);
    assert.match(stdout, /^creates 6 Secrets, deletes 3 of 4 Secrets$/m);
    assert.match(stdout, /^3 Secrets created on the cluster of the installation$/m);
  });

  it("has said what then happens, and of every object", async () => {
    const tenants = await compared(changed());
    const untouched = [withdrawn, ignored];
    const states = await statesOf(untouched);

    await world.platform.patchMerge(CONFIG, { spec: changed()["spec"] });
    for (const { resource, before: present, after: next } of tenants.flatMap(({ platform }) => platform)) {
      const object = next ?? present;
      assert.ok(object);
      const place = refOf(object as Obj);
      await (next === undefined
        ? awaitGone(world.platform, place)
        : awaitPresent(world.platform, place, (live) => isSame(live, next), {
            what: `${resource.kind} ${keyOf(next)} is as it was foretold`,
          }));
    }

    await awaitReady(world.onboarding, plain, version);
    await awaitFullPass(world.onboarding, refsOf(withdrawn).ocm);
    assert.deepEqual(await statesOf(untouched), states);
    await assertNothingToChange();
  });

  it("finds what the provider would correct, and what it would not touch", async () => {
    await provider.stop();
    await world.platform.patchMerge(refsOf(plain).release, { spec: { interval: "7m", maxHistory: 3 } });
    await world.platform.delete(copyRef(plain.tenantNamespace, OTHER));

    const { status, stdout } = await answerOf(world, ["render", "--diff"]);

    assert.equal(status, 1);
    assert.match(
      stdout,
      /^1 HelmRelease changed: spec\.interval\n {2}- spec\.interval: 7m\n {2}\+ spec\.interval: 1h0m0s$/m,
    );
    assert.match(stdout, /^creates 1 Secret$/m);
    assert.doesNotMatch(stdout, /maxHistory/);
    await world.run();
    await awaitPresent(world.platform, copyRef(plain.tenantNamespace, OTHER), () => true, { what: "the copy is back" });
    await awaitPresent(
      world.platform,
      refsOf(plain).release,
      (found) => valueAt(found, "spec", "interval") === "1h0m0s",
      { what: "the interval is corrected" },
    );
    await assertNothingToChange();
  });

  it("ends with 2 for a ProviderConfig that would not come into force", async () => {
    const bad = providerConfig({ chartURL: "https://example.com/chart", imagePullSecret: { name: PULL_SECRET } });

    const { status, stdout } = await answerOf(world, ["render", "--diff", "-f", "-"], JSON.stringify(bad));

    assert.equal(status, 2);
    assert.match(
      stdout,
      /^ProviderConfig: Accepted InvalidProviderConfig: spec\.chartURL: .*\nnothing changes for 4 tenants\n$/,
    );
  });

  async function statesOf(tenants: readonly Tenant[]): Promise<readonly unknown[]> {
    const places = tenants
      .map((tenant) => refsOf(tenant))
      .flatMap(({ source, release, copy }) => [source, release, copy]);
    const objects = await Promise.all(places.map((place) => world.platform.get(place)));
    return objects.map(({ metadata: { uid }, spec, data }) => ({ uid, spec, data }));
  }
});

function isSame(live: Obj, foretold: KubeObject): boolean {
  const [one, other] = [live as KubeObject, foretold].map((object) => asWritten(object, [ANNOTATIONS.retried]));
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}
