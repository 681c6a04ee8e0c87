import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { systemSimClock } from "../../sim/clock.ts";
import { refOf } from "../../sim/client.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { awaitPresent } from "../support/await-object.ts";
import { assertUntouched, plantForeign } from "../support/foreign-objects.ts";
import { goAccessRef, goGroups, goLookupName, goObjects, playGoProvider, writeAsGo } from "../support/go-provider.ts";
import {
  accessesOf,
  goRequestsOf,
  installationOf,
  inTenantNamespace,
  kubeconfigsOf,
  leftOf,
} from "../support/installation.ts";
import { CURRENT_GROUP, EARLIER_GROUP } from "../support/kinds.ts";
import { prepareGroups } from "../support/service-kinds.ts";
import { startWorld, type World } from "../support/world.ts";

const namespace = "project-x--ws-y";
const LONG_NAME = "control-plane-of-23-let";

// What the tests of a takeover begin with has to be as the Go provider left it, on every ground.
describe("the stand-in of the Go provider", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await prepareGroups({ ...world, clock: systemSimClock }, [EARLIER_GROUP, CURRENT_GROUP]);
  });
  after(() => world.stop());

  for (const [names, revision] of [
    ["first-names", "helm-release"],
    ["later-names", "sp-ocm-k8s-toolkit"],
    ["renamed-group", "sp-ocm-k8s-toolkit"],
  ] as const) {
    it(`installs one release with the access of its API group under its ${names}`, async () => {
      const tenant = await world.order({ name: `mcp-${names}`, namespace });
      const sites = { ...world, plane: tenant, target: tenant.mcp };
      const fromThePlatform = await inTenantNamespace(sites);
      const foreign = await plantForeign(sites);
      await playGoProvider(world, names, tenant);

      const found = await installationOf(sites);

      assert.deepEqual(found.revisions, ["v1 deployed"]);
      assert.equal(found.deployments.length, 1);
      assert.ok(found.releases.some((release) => release.startsWith(`${revision} `)));
      assert.ok((await accessesOf(sites)).includes(`${goGroups[names]}--mcp-${names}--mcp`));
      const access = await world.platform.get(goAccessRef(tenant, names));
      assert.equal(valueAt(access, "metadata", "labels", "openmcp.cloud/managed-by"), goGroups[names]);
      assert.deepEqual(await kubeconfigsOf(sites), [textAt(access, "status", "secretRef", "name")]);
      assert.ok(
        (await leftOf(sites, fromThePlatform)).includes("Deployment ocm-k8s-toolkit-controller-manager on the target"),
      );
      await assertUntouched(foreign);
    });
  }

  it("requests its onboarding access since the group was renamed under the group alone", async () => {
    const tenant = await world.order({ name: "mcp-01", namespace });
    const { own, settings } = await goObjects("renamed-group", { ...tenant, charts: world.ground.charts });
    await writeAsGo(world.platform, own);
    assert.deepEqual(
      settings.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`),
      [`${CURRENT_GROUP}/v1alpha1 ProviderConfig`],
    );

    for (const request of own) {
      await awaitPresent(world.platform, refOf(request), (found) => textAt(found, "status", "phase") === "Granted", {
        what: `${request.kind} ${request.metadata.name} is granted`,
      });
    }

    assert.deepEqual(await goRequestsOf(world.platform), [
      "AccessRequest ocm.services.open-control-plane.io--onboarding-init",
      "AccessRequest ocm.services.open-control-plane.io--onboarding-run",
      "ClusterRequest ocm.services.open-control-plane.io--onboarding-init",
      "ClusterRequest ocm.services.open-control-plane.io--onboarding-run",
    ]);
  });

  it("looks for the access of a control plane with a long name under another name than it has", async () => {
    const tenant = await world.order({ name: LONG_NAME, namespace });
    const sites = { ...world, plane: tenant };

    assert.notEqual(goAccessRef(tenant, "renamed-group").name, goLookupName(tenant));
    assert.equal(
      goLookupName({ name: LONG_NAME.slice(1), namespace }),
      goAccessRef({ ...tenant, name: LONG_NAME.slice(1) }, "renamed-group").name,
    );
    await playGoProvider(world, "renamed-group", { ...tenant, accessRequest: goLookupName(tenant) });
    assert.deepEqual(await accessesOf(sites), [goLookupName(tenant)]);
  });
});
