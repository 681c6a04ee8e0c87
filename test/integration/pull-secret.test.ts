import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { refOf } from "../../sim/client.ts";
import { textAt } from "../../sim/value-at.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, awaitReason } from "../support/ocm-status.ts";
import { wording } from "../support/snapshot.ts";
import { copyRef, refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import {
  POD_NAMESPACE,
  PULL_SECRET,
  pullSecret,
  startRunningWorld,
  type Tenant,
  type World,
} from "../support/world.ts";

const SECRET = ref("secret", PULL_SECRET, POD_NAMESPACE);

describe("pull secret", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let good: Obj;
  before(async () => {
    // What happens within the test happens because of a watch, except where Flux itself has to look again.
    world = await startRunningWorld({ pollInterval: "1h" });
    good = pullSecret(world.ground.charts.dockerConfigJson);
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  function useSecret(name: string): Promise<Obj> {
    return world.platform.patchMerge(ref("providerConfig", "ocm"), { spec: { imagePullSecret: { name } } });
  }

  function awaitCopy(name: string, dockerConfigJson: string): Promise<Obj> {
    return awaitPresent(
      world.platform,
      copyRef(tenant.tenantNamespace, name),
      (copy) => dockerConfigOf(copy) === dockerConfigJson,
      { what: "the copy has the content" },
    );
  }

  it("is followed by its copy when it is rotated", async () => {
    const rotated = world.ground.charts.dockerConfigJson.replace('{"auths":{', '{"auths":{"rotated":{},');
    await world.platform.patchMerge(SECRET, { data: pullSecret(rotated)["data"] });

    await awaitCopy(PULL_SECRET, rotated);

    await world.platform.patchMerge(SECRET, { data: good["data"] });
    await awaitCopy(PULL_SECRET, world.ground.charts.dockerConfigJson);
    await awaitReady(world.onboarding, tenant);
  });

  it("leaves what is installed alone when it goes missing, and says so until it is there", async () => {
    const release = await world.platform.get(refs.release);
    await world.platform.delete(SECRET);

    const waiting = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "PullSecretNotFound");
    assert.equal(waiting.status?.phase, "Progressing");
    assert.match(
      wording(waiting, "Ready"),
      /^False ReconcileError: .*Secret "chart-registry", which does not exist in namespace "openmcp-system"/,
    );
    await awaitEvent(world.onboarding, refs.ocm, "PullSecretNotFound", "chart-registry");
    assert.equal((await world.platform.get(refs.release)).metadata.uid, release.metadata.uid);

    await world.platform.create(good);
    await awaitReady(world.onboarding, tenant);
  });

  it("is refused when it is not of a type that Flux can use", async () => {
    const { apiVersion, kind, metadata } = good;
    await world.platform.delete(SECRET);
    await world.platform.create({ apiVersion, kind, metadata, type: "Opaque", data: { token: "c2VjcmV0LXRva2Vu" } });

    const refused = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "PullSecretInvalid");
    assert.match(wording(refused, "Ready"), /has type "Opaque", expected kubernetes\.io\/dockerconfigjson/);
    assert.ok(!JSON.stringify(refused).includes("secret-token"));
    await awaitEvent(world.onboarding, refs.ocm, "PullSecretInvalid", "Opaque");

    await world.platform.delete(SECRET);
    await world.platform.create(good);
    await awaitReady(world.onboarding, tenant);
  });

  it("is replaced with its copy, however long its name, when the ProviderConfig names another one", async () => {
    const longName = `registry.${"with-a-long-name.".repeat(5)}end`;
    await world.platform.create(pullSecret(world.ground.charts.dockerConfigJson, longName));
    await useSecret(longName);

    await awaitCopy(longName, world.ground.charts.dockerConfigJson);
    await awaitGone(world.platform, refs.copy);
    await awaitPresent(
      world.platform,
      refs.source,
      (source) => textAt(source, "spec", "secretRef", "name") === copyRef(tenant.tenantNamespace, longName).name,
      { what: "the OCIRepository uses the new copy" },
    );
    await awaitReady(world.onboarding, tenant);
    await useSecret(PULL_SECRET);
    await awaitGone(world.platform, copyRef(tenant.tenantNamespace, longName));
    await awaitReady(world.onboarding, tenant);
  });

  it("takes the place of a copy of another type", async () => {
    await useSecret("third");
    await awaitReason(world.onboarding, refs.ocm, "ChartReady", "PullSecretNotFound");
    const copy = copyRef(tenant.tenantNamespace, "third");
    const { apiVersion, kind, name, namespace = "" } = copy;
    const { labels = {} } = (await world.platform.get(refs.source)).metadata;
    await world.platform.create({ apiVersion, kind, metadata: { name, namespace, labels }, type: "Opaque" });

    await world.platform.create(pullSecret(world.ground.charts.dockerConfigJson, "third"));

    const { type } = await awaitCopy("third", world.ground.charts.dockerConfigJson);
    assert.equal(type, "kubernetes.io/dockerconfigjson");
    await useSecret(PULL_SECRET);
    await awaitGone(world.platform, copy);
  });

  it("changes nothing about a foreign secret that has the name of its copy, and says so", async () => {
    const { apiVersion, kind, type, data } = good;
    const foreign = await world.platform.create({
      apiVersion,
      kind,
      metadata: { name: "sp-ocm-second", namespace: tenant.tenantNamespace, labels: { app: "theirs" } },
      type,
      data,
    });
    await world.platform.create(pullSecret(world.ground.charts.dockerConfigJson, "second"));
    await useSecret("second");

    const reported = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ForeignObject");
    assert.match(wording(reported, "Ready"), /Secret "sp-ocm-second" in namespace ".*" exists and is not managed by/);
    await awaitEvent(world.onboarding, refs.ocm, "ForeignObject", "sp-ocm-second");
    // Away from it again: it is not among the copies that are cleaned up.
    await useSecret(PULL_SECRET);
    await awaitReady(world.onboarding, tenant);

    assert.equal((await world.platform.get(refOf(foreign))).metadata.resourceVersion, foreign.metadata.resourceVersion);
  });
});

function dockerConfigOf(secret: Obj): string {
  return Buffer.from(textAt(secret, "data", ".dockerconfigjson"), "base64").toString();
}
