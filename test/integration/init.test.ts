import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { readAccess } from "../../sandbox/connect.ts";
import type { SimClient } from "../../sim/client.ts";
import { kubeconfigFor } from "../../sim/kubeconfig.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { requestName } from "../../src/openmcp/platform/names.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { failureLinesOf } from "../support/failure-lines.ts";
import { ref } from "../support/kinds.ts";
import { writeWhenTaken } from "../support/lax-schema.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { PlatformDecisions } from "../support/platform-decisions.ts";
import { POD_NAMESPACE, startWorld, type World } from "../support/world.ts";

type Crd = ServiceObj & { readonly spec: { readonly versions: readonly object[] } };
type ServiceProvider = ServiceObj & { readonly status?: { readonly resources?: readonly object[] } };

const access = requestName("ocm.ocm.services.openmcp.cloud", "onboarding-init");
const clusterRequest = ref("clusterRequest", access, POD_NAMESPACE);
const accessRequest = ref("accessRequest", access, POD_NAMESPACE);
const ocmCrd = ref("crd", "ocms.ocm.services.openmcp.cloud");
const configCrd = ref("crd", "providerconfigs.ocm.services.openmcp.cloud");
const currentOcmCrd = ref("crd", "ocms.ocm.services.open-control-plane.io");
const currentConfigCrd = ref("crd", "providerconfigs.ocm.services.open-control-plane.io");
const serviceProvider = ref("serviceProvider", "ocm");
const REGISTERED = ["ocm.services.open-control-plane.io", "ocm.services.openmcp.cloud"].map((group) => ({
  group,
  version: "v1alpha1",
  kind: "OCM",
}));
const operatorStatus = { phase: "Progressing", observedGeneration: 1 };

describe("init", () => {
  const decisions = new PlatformDecisions();
  let world: World;
  before(async () => {
    world = await startWorld({ decide: decisions.decide });
  });
  after(() => world.stop());

  const everythingWritten = async (): Promise<readonly Obj[]> => [
    ...(await Promise.all([ocmCrd, currentOcmCrd].map((object) => world.onboarding.get(object)))),
    ...(await Promise.all(
      [configCrd, currentConfigCrd, serviceProvider, clusterRequest, accessRequest].map((object) =>
        world.platform.get(object),
      ),
    )),
  ];
  /** Runs `init` to an end that is expected to be bad, and returns what it says about it. */
  const failed = async (name: string, options: Parameters<World["init"]>[0] = {}): Promise<string> => {
    const logPath = join(world.ground.folder, `${name}.log`);
    assert.equal(await world.init({ ...options, logPath }), 1);
    const lines = await failureLinesOf(logPath);
    assert.equal(lines.length, 1, lines.join("\n"));
    return lines[0] ?? "";
  };

  it("waits for its access and for the ServiceProvider, installs the CRDs, and registers last", async () => {
    decisions.set(clusterRequest, "hold");
    decisions.set(accessRequest, "hold");
    await removeHeld(world.platform, serviceProvider);

    const exited = world.init();
    await present(world.platform, clusterRequest);
    assert.equal(await world.platform.find(accessRequest), undefined, "no access before there is a cluster");

    await decisions.grant(world.platform, clusterRequest);
    await awaitPhase(world.platform, accessRequest, "Pending");
    assert.equal(await world.onboarding.find(ocmCrd), undefined, "nothing is installed without access");

    await decisions.grant(world.platform, accessRequest, clusterRequest);
    await present(world.platform, configCrd);
    await world.platform.create(newServiceProvider());
    await world.platform.status(serviceProvider, operatorStatus);
    const provider = await awaitPresent<ServiceProvider>(
      world.platform,
      serviceProvider,
      ({ status }) => status?.resources !== undefined,
      { what: "the provider is registered" },
    );

    assert.deepEqual(provider.status, { ...operatorStatus, resources: REGISTERED });
    for (const crd of [
      await world.onboarding.get<Crd>(ocmCrd),
      await world.onboarding.get<Crd>(currentOcmCrd),
      await world.platform.get<Crd>(configCrd),
      await world.platform.get<Crd>(currentConfigCrd),
    ]) {
      assert.equal(conditionOf(crd, "Established")?.status, "True", crd.metadata.name);
    }
    assert.equal(await exited, 0);
  });

  it("changes nothing when it is repeated", async () => {
    const written = await everythingWritten();

    assert.equal(await world.init(), 0);

    assert.deepEqual(await everythingWritten(), written);
  });

  it("leaves what others say in the status of the ServiceProvider, and registers nothing but OCM", async () => {
    const condition = {
      type: "Initialized",
      status: "True",
      reason: "InitDone",
      message: "",
      observedGeneration: 1,
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    const other = { group: "example.com", version: "v1", kind: "Other" };
    const given = await world.platform.status<ServiceProvider>(serviceProvider, {
      ...operatorStatus,
      phase: "Ready",
      conditions: [condition],
      resources: [...REGISTERED, other],
    });

    assert.equal(await world.init(), 0);

    const { status } = await world.platform.get<ServiceProvider>(serviceProvider);
    assert.deepEqual(status, { ...given.status, resources: REGISTERED });
  });

  it("refuses to unregister a kind of which objects exist, and changes nothing then", async () => {
    assert.equal(await world.init(), 0);
    const kind = { apiVersion: "relics.example.com/v1", kind: "Relic" };
    const metadata = { name: "mcp-01", namespace: "default" };
    await world.onboarding.create(relicCrd);
    const crd = ref("crd", relicCrd.metadata.name);
    await awaitPresent<Crd>(world.onboarding, crd, isEstablished, { what: "relics are served" });
    await writeWhenTaken(() => world.onboarding.create({ ...kind, metadata }));
    const registered = [{ group: "relics.example.com", version: "v1", kind: "Relic" }];
    await world.platform.status(serviceProvider, { resources: registered });
    await world.onboarding.patchMerge(currentOcmCrd, { metadata: { labels: null } });
    const [asking, ...others] = (await everythingWritten()).toReversed();

    const said = await failed("stranded");

    assert.match(said, /^found 1 object of the registered kind Relic\.relics\.example\.com, .*"default\/mcp-01"/u);
    assert.match(said, /nothing was changed, .*run a version that serves them, or delete them while one runs$/u);
    const [asked, ...left] = (await everythingWritten()).toReversed();
    assert.deepEqual(left, others);
    assert.notDeepEqual(asked?.["spec"], asking?.["spec"], "it has asked for the right to look for them");
    await world.onboarding.delete({ ...kind, ...metadata });
    await awaitGone(world.onboarding, { ...kind, ...metadata });

    assert.equal(await world.init(), 0);

    const { status } = await world.platform.get<ServiceProvider>(serviceProvider);
    assert.deepEqual(status?.resources, REGISTERED);
    assert.equal(await world.init(), 0);
    assert.deepEqual((await world.platform.get(accessRequest))["spec"], asking?.["spec"], "the right is given back");
  });

  it("puts a CRD right that was changed by hand", async () => {
    const { spec } = await world.onboarding.get<Crd>(ocmCrd);
    const [version] = spec.versions;
    const changed = { ...version, additionalPrinterColumns: [], schema: anySchema };
    await world.onboarding.patchMerge(ocmCrd, { spec: { versions: [changed] } });

    assert.equal(await world.init(), 0);

    const crd = await world.onboarding.get<Crd>(ocmCrd);
    assert.deepEqual(crd.spec, spec);
  });

  it("upgrades the CRDs of an older provider and keeps the objects", async () => {
    const { spec } = await world.platform.get<Crd>(configCrd);
    await world.platform.delete(configCrd);
    await awaitGone(world.platform, configCrd);
    await world.platform.create(olderConfigCrd(spec), { fieldManager: "older-provider" });
    await awaitPresent<Crd>(world.platform, configCrd, isEstablished, { what: "the older CRD is established" });
    const { apiVersion, kind } = ref("providerConfig", "ocm");
    const older = { apiVersion, kind, metadata: { name: "ocm" }, spec: { pollInterval: "2m" } };
    await writeWhenTaken(() => world.platform.create(older));

    assert.equal(await world.init(), 0);

    const crd = await world.platform.get<Crd>(configCrd);
    assert.deepEqual(crd.spec, spec);
    const config = await world.platform.get<ServiceObj>(ref("providerConfig", "ocm"));
    assert.equal(config.spec?.["pollInterval"], "2m");
  });

  it("fails when its access is denied, and works when that was lifted", async () => {
    await world.platform.delete(accessRequest);
    await awaitGone(world.platform, accessRequest);
    decisions.set(accessRequest, "deny");

    assert.match(await failed("denied"), /AccessRequest ".*onboarding-init" was denied/u);

    await world.platform.status(accessRequest, { phase: "Pending" });
    await decisions.grant(world.platform, accessRequest, clusterRequest);
    assert.equal(await world.init(), 0);
  });

  it("fails and does not register when somebody else has taken the names of the CRD", async () => {
    const { spec } = await world.onboarding.get<Crd>(ocmCrd);
    await world.onboarding.delete(ocmCrd);
    await awaitGone(world.onboarding, ocmCrd);
    const other = ref("crd", "others.ocm.services.openmcp.cloud");
    const names = { plural: "others", singular: "other", kind: "OCM", listKind: "OCMList" };
    await world.onboarding.create(newCrd(other, { ...spec, names }));
    await awaitPresent<Crd>(world.onboarding, other, isEstablished, { what: "the other CRD is established" });
    await world.platform.status(serviceProvider, { resources: null });

    assert.match(await failed("conflict"), /names of CRD "ocms\..*" are not accepted: .*in use/u);

    const { status } = await world.platform.get<ServiceProvider>(serviceProvider);
    assert.equal(status?.resources, undefined);
    await world.onboarding.delete(other);
    await awaitPresent<Crd>(world.onboarding, ocmCrd, isEstablished, { what: "the names are free for the CRD" });
    assert.equal(await world.init(), 0);
  });

  it("fails when it is not allowed what it needs", async () => {
    const { url, caPem } = readAccess(world.ground.platform.kubeconfig);
    const token = await tokenOfNobody(world.platform);
    const kubeconfigPath = join(world.ground.folder, "nobody.kubeconfig");
    await writeFile(kubeconfigPath, kubeconfigFor({ url, caPem, token, name: "nobody" }));

    assert.match(await failed("forbidden", { kubeconfigPath }), /serviceproviders.* is forbidden/u);
  });

  it("fails when the platform cannot be reached", async () => {
    const { caPem, token } = readAccess(world.ground.platform.kubeconfig);
    const kubeconfigPath = join(world.ground.folder, "nowhere.kubeconfig");
    await writeFile(kubeconfigPath, kubeconfigFor({ url: "https://127.0.0.1:1", caPem, token, name: "nowhere" }));

    assert.match(await failed("unreachable", { kubeconfigPath }), /127\.0\.0\.1:1/u);
  });

  it("says what it was waiting for when it is stopped", async () => {
    await world.platform.status(serviceProvider, null);
    await world.platform.delete(configCrd);
    await awaitGone(world.platform, configCrd);

    const init = await world.start("init");
    await awaitPresent<Crd>(world.platform, configCrd, isEstablished, { what: "the CRD is established" });
    assert.equal(await init.stop(), 1);

    const [line = ""] = await failureLinesOf(init.logPath);
    assert.match(line, /^interrupted while waiting for /u);
  });
});

const relicCrd: Obj = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "relics.relics.example.com" },
  spec: {
    group: "relics.example.com",
    scope: "Namespaced",
    names: { plural: "relics", singular: "relic", kind: "Relic", listKind: "RelicList" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

const anySchema = {
  openAPIV3Schema: {
    type: "object",
    properties: { spec: { type: "object", properties: { extra: { type: "string", maxLength: 3 } } } },
  },
};

function isEstablished(crd: Crd): boolean {
  return conditionOf(crd, "Established")?.status === "True";
}

function newServiceProvider(): Obj {
  const { apiVersion, kind, name } = serviceProvider;
  return { apiVersion, kind, metadata: { name }, spec: { image: "example.com/service-provider-ocm:v1" } };
}

function newCrd({ apiVersion, kind, name }: ObjRef, spec: object): Obj {
  return { apiVersion, kind, metadata: { name }, spec };
}

function olderConfigCrd(spec: Crd["spec"]): Obj {
  const [version] = spec.versions;
  const schema = {
    openAPIV3Schema: {
      type: "object",
      properties: {
        spec: { type: "object", properties: { pollInterval: { type: "string" }, dropped: { type: "string" } } },
        status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
  };
  return newCrd(configCrd, { ...spec, versions: [{ ...version, additionalPrinterColumns: [], schema }] });
}

async function present(client: SimClient, object: ObjRef): Promise<void> {
  await awaitPresent(client, object, () => true, { what: `${object.kind} ${object.name} exists` });
}

async function awaitPhase(client: SimClient, object: ObjRef, phase: string): Promise<void> {
  await awaitPresent<ServiceObj>(client, object, ({ status }) => status?.phase === phase, {
    what: `${object.kind} ${object.name} is ${phase}`,
  });
}

async function removeHeld(client: SimClient, object: ObjRef): Promise<void> {
  await client.patchMerge(object, { metadata: { finalizers: null } });
  await client.delete(object);
  await awaitGone(client, object);
}

async function tokenOfNobody(client: SimClient): Promise<string> {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "nobody", namespace: POD_NAMESPACE } };
  await client.create(account);
  const answer = await client.createSubresource<{ readonly status: { readonly token: string } }>(
    { apiVersion: "v1", kind: "ServiceAccount", name: "nobody", namespace: POD_NAMESPACE },
    "token",
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  );
  return answer.status.token;
}
