import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";

import { loadAll } from "js-yaml";

import { isRunning } from "../../ground/is-running.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { type BarePlatform, kubeconfigVariables, startBarePlatform } from "../../sandbox/bare.ts";
import { connect } from "../../sandbox/connect.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { trusted } from "../../sim/trusted.ts";
import { controlPlaneType } from "../../sim/platform/kinds.ts";
import { listAt, textAt } from "../../sim/value-at.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { CURRENT_GROUP, kindOf, ocmRef, ref } from "../support/kinds.ts";
import { applyAll, readManifest } from "../support/manifests.ts";
import { awaitReady } from "../support/ocm-status.ts";
import { providerImage } from "../support/provider-image.ts";
import { ocm, POD_NAMESPACE, providerConfig } from "../support/world.ts";

const real = process.env["GROUND"] === "real";
const plane = { name: "mcp-01", namespace: "project-demo--ws-dev", group: CURRENT_GROUP };
const serviceProvider = ref("serviceProvider", "ocm");
const pods = { apiVersion: "v1", kind: "Pod", namespace: POD_NAMESPACE };

describe(`a bare platform on ${real ? "real" : "embedded"} clusters`, { concurrency: 1 }, () => {
  let bare: BarePlatform;
  let platform: SimClient;
  let onboarding: SimClient;
  before(async () => {
    bare = await startBarePlatform({ real, image: await providerImage() });
    platform = connect(bare.ground.platform);
    onboarding = connect(bare.ground.onboarding);
  });
  after(() => bare.stop());

  it("has nothing of the provider, and a kubeconfig for each cluster", async () => {
    const { PLATFORM, ONBOARDING, MCP_01 } = kubeconfigVariables(bare);
    assert.ok([PLATFORM, ONBOARDING, MCP_01].every((path) => path?.endsWith(".kubeconfig")));
    assert.equal(await platform.serves({ ...providerConfig({}) }), false);
    assert.equal(await onboarding.serves(ocm(plane, "")), false);
    assert.deepEqual(await platform.list({ ...serviceProvider }), []);
  });

  it("runs init to its end and then the provider of a ServiceProvider that somebody applies", async () => {
    await applyAll(platform, readManifest("service-provider.yaml"));

    const installed = await awaitPresent(platform, serviceProvider, isReady, { what: "the ServiceProvider is Ready" });

    assert.deepEqual(
      listAt(installed, "status", "conditions").map((one) => [textAt(one, "type"), textAt(one, "reason")]),
      [
        ["Initialized", "InitCompleted"],
        ["Ready", "ProviderReady"],
      ],
    );
    assert.notDeepEqual(listAt(installed, "status", "resources"), []);
    assert.equal((await platform.get({ ...kindOf("deployment", POD_NAMESPACE), name: "sp-ocm" })).kind, "Deployment");
  });

  it("lets a tenant become Ready once the provider is configured", async () => {
    await applyAll(
      platform,
      trusted<readonly Obj[]>(loadAll(await readFile(bare.settingsPath ?? "deploy/provider-config.yaml", "utf8"))),
    );
    await applyAll(onboarding, readManifest("ocm.yaml"));

    await awaitReady(onboarding, plane, bare.ground.charts.versions.at(-1));
  });

  it("replaces a pod that is deleted, and lets its container end by itself", async () => {
    const [first] = await providerPods();
    const name = first?.metadata.name ?? "";
    const [running] = bare.ground.providers();
    await platform.delete({ ...pods, name });

    await awaitGone(platform, { ...pods, name });
    assert.equal(await running?.exited, 0);
    await awaitPresent(platform, serviceProvider, isReady, { what: "the ServiceProvider is Ready" });
    const [next] = await providerPods();
    assert.notEqual(next?.metadata.name, name);
  });

  it("starts a control plane that somebody orders, gives its kubeconfig, and removes it with its order", async () => {
    const other = { name: "mcp-02", namespace: "project-demo--ws-test" };
    const order = { ...controlPlaneType, ...other };
    const tokens = [{ name: "admin", roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] }];
    await onboarding.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: other.namespace } });
    await onboarding.create({ ...controlPlaneType, metadata: other, spec: { iam: { tokens } } });

    const ready = await awaitPresent(onboarding, order, isReady, {
      what: "the ControlPlane is Ready",
      withinMs: 120_000,
    });

    const secret = await onboarding.get({
      apiVersion: "v1",
      kind: "Secret",
      namespace: other.namespace,
      name: textAt(ready, "status", "access", "token_admin", "name"),
    });
    const kubeconfig = Buffer.from(textAt(secret, "data", "kubeconfig"), "base64").toString("utf8");
    const namespaces = await connect({ kubeconfig }).list({ apiVersion: "v1", kind: "Namespace" });
    assert.ok(namespaces.some(({ metadata }) => metadata.name === "default"));

    await bare.ground.removeControlPlane(other);
    assert.equal(await onboarding.find(order), undefined);
  });

  it("ends the provider with its ServiceProvider", async () => {
    const pids = bare.ground.providers().flatMap(({ pid }) => pid ?? []);
    assert.equal(pids.length, 1);
    await onboarding.delete(ocmRef(plane));
    await awaitGone(onboarding, ocmRef(plane));

    await platform.delete(serviceProvider);

    await awaitGone(platform, serviceProvider);
    await waitUntil(() => Promise.resolve(!pids.some(isRunning)), { what: "the provider has ended", withinMs: 30_000 });
    await waitUntil(async () => (await providerPods()).length === 0, {
      what: "no pod of the provider is left",
      withinMs: 30_000,
    });
  });

  function providerPods(): Promise<readonly Obj[]> {
    const labelSelector = "app.kubernetes.io/component=controller,app.kubernetes.io/instance=ocm";
    return platform.list(pods, { labelSelector });
  }
});

function isReady(object: unknown): boolean {
  return textAt(object, "status", "phase") === "Ready";
}
