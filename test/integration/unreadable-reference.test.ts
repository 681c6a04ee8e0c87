import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { awaitGone } from "../support/await-object.ts";
import { documentedRights } from "../support/documented-rights.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { createLimitedAccount } from "../support/limited-account.ts";
import { awaitReady, awaitReason } from "../support/ocm-status.ts";
import { wording } from "../support/snapshot.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { POD_NAMESPACE, startWorld, type Tenant, type World } from "../support/world.ts";

const NAMESPACE = "project-x--ws-y";
const CONFIG = ref("providerConfig", "ocm");
const ACCOUNT = "without-configmaps";

describe("settings that name a ConfigMap which the provider may not list", () => {
  let world: World;
  let leaving: Tenant;
  let staying: Tenant;
  before(async () => {
    world = await startWorld();
    assert.equal(await world.init(), 0);
    await world.configure();
    const rights = documentedRights("Platform cluster").filter(({ command }) => command === "run");
    const allowed = rights.filter(({ rule }) => !rule.resources?.includes("configmaps"));
    await world.run({ kubeconfigPath: await createLimitedAccount(world, ACCOUNT, allowed) });
    leaving = await install(world, { name: "mcp-01", namespace: NAMESPACE });
    staying = await install(world, { name: "mcp-02", namespace: NAMESPACE });
  });
  after(() => world.stop());

  it("are not said to be in force, and the operator reads why", async () => {
    await world.platform.patchMerge(CONFIG, { spec: { caBundleRef: { kind: "ConfigMap", name: "authorities" } } });

    const config = await awaitReason(world.platform, CONFIG, "Accepted", "ReferenceUnreadable");

    const words = wording(config, "Accepted");
    assert.ok(words.includes(`cannot follow ConfigMap "authorities" in namespace "${POD_NAMESPACE}"`), words);
    assert.match(words, /configmaps.* is forbidden|cannot list resource "configmaps"/);
  });

  it("are a reason in the status of tenants, who read nothing of the platform", async () => {
    const found = await awaitReason(world.onboarding, refsOf(staying).ocm, "ChartReady", "ReferenceUnreadable");

    assert.match(wording(found, "ChartReady"), /ConfigMap "authorities", which cannot be read at the moment/);
    assert.doesNotMatch(wording(found, "Ready"), /forbidden|serviceaccount/i);
  });

  it("hold up no deletion", async () => {
    await world.onboarding.delete(refsOf(leaving).ocm);

    await awaitGone(world.onboarding, refsOf(leaving).ocm);
  });

  it("hold up nothing once the object may be read, and there is one fault less to tell of", async () => {
    await world.platform.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "authorities", namespace: POD_NAMESPACE },
      data: { other: "nothing" },
    });
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "configmaps", namespace: POD_NAMESPACE },
    };
    await world.platform.create({
      ...role,
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list", "watch"] }],
    });
    await world.platform.create({
      ...role,
      kind: "RoleBinding",
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "configmaps" },
      subjects: [{ kind: "ServiceAccount", name: ACCOUNT, namespace: POD_NAMESPACE }],
    });

    await awaitReason(world.onboarding, refsOf(staying).ocm, "ChartReady", "ReferenceInvalid");
    await awaitReason(world.platform, CONFIG, "Accepted", "Valid");
    await world.platform.patchMerge(CONFIG, { spec: { caBundleRef: null } });
    await awaitReady(world.onboarding, staying);
  });
});
