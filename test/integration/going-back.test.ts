import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { type GoNames, goAccessRef, playGoProvider } from "../support/go-provider.ts";
import {
  accessesOf,
  type Installation,
  installationOf,
  inTenantNamespace,
  leftOf,
  type Sites,
} from "../support/installation.ts";
import { CURRENT_GROUP, EARLIER_GROUP, ocmRef } from "../support/kinds.ts";
import { awaitReady, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { ocm, PULL_SECRET, startWorld, type Tenant, type World } from "../support/world.ts";

/** As in what was recorded of the Go provider: the same values make the same Deployment. */
const VALUES = { manager: { concurrency: { resource: 10 } } };

function follows(object: ServiceObj): boolean {
  return conditionOf(object, "Follows")?.status === "True";
}

describe("a tenant that goes back to the Go provider", () => {
  let world: World;
  let tenant: Tenant;
  let sites: Sites;
  let version: string;
  let fromThePlatform: readonly string[];
  let provider: ProviderProcess | undefined;
  before(async () => {
    world = await startWorld();
    assert.equal(await world.init(), 0);
    [version = ""] = world.ground.charts.versions;
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    sites = { plane: tenant, platform: world.platform, onboarding: world.onboarding, target: tenant.mcp };
    fromThePlatform = await inTenantNamespace(sites);
    // As operations.md has it: what the Go provider's schema knows.
    const offer = { version, chartVersion: version, chartURL: world.ground.charts.chartURL };
    await world.configure(
      {
        chartURL: undefined,
        imagePullSecret: undefined,
        versions: [{ ...offer, chartPullSecret: PULL_SECRET, helmValues: VALUES }],
      },
      CURRENT_GROUP,
    );
  });
  afterEach(async () => {
    provider ??= await world.run();
    for (const group of [CURRENT_GROUP, EARLIER_GROUP]) {
      const object = ocmRef({ ...tenant, group });
      if ((await world.onboarding.find(object)) !== undefined) {
        await world.onboarding.delete(object);
      }
      await awaitGone(world.onboarding, object, 60_000);
    }
    // The platform takes the Secrets of its accesses away in its own time.
    const left = (await leftOf(sites, fromThePlatform)).filter((name) => !name.endsWith("kubeconfig"));
    assert.deepEqual(left, []);
    await stopProvider();
  });
  after(() => world.stop());

  async function stopProvider(): Promise<void> {
    await provider?.stop();
    provider = undefined;
  }

  /** Has this provider install the toolkit, and stops it. */
  async function install(group: string): Promise<Installation> {
    provider ??= await world.run();
    await world.onboarding.create(ocm({ ...tenant, group }, version));
    await awaitReady(world.onboarding, { ...tenant, group }, version);
    return installationOf(sites);
  }

  /** Has the Go provider do its work, and this one after that. */
  async function goThereAndBack(names: GoNames, group: string): Promise<void> {
    await stopProvider();
    await playGoProvider(world, names, tenant);
    assert.deepEqual(await accessesOf(sites), [goAccessRef(tenant, names).name], "the access is the one that it finds");
    provider = await world.run();
    await awaitReady(world.onboarding, { ...tenant, group }, version);
  }

  it("of the renamed group finds its objects, and nothing is installed anew", async () => {
    const installed = await install(CURRENT_GROUP);

    await goThereAndBack("renamed-group", CURRENT_GROUP);

    assert.deepEqual(await installationOf(sites), installed);
  });

  it("of the earlier group is handed over first, and nothing is installed anew", async () => {
    const installed = await install(CURRENT_GROUP);
    const [present, earlier] = [CURRENT_GROUP, EARLIER_GROUP].map((group) => ocmRef({ ...tenant, group }));
    assert.ok(present !== undefined && earlier !== undefined);

    await world.onboarding.create(ocm({ ...tenant, group: EARLIER_GROUP }, version));
    await awaitPresent<ServiceObj>(world.onboarding, earlier, follows, { what: "the other object follows" });
    await world.onboarding.delete(present);
    await awaitGone(world.onboarding, present, 60_000);
    await awaitGone(world.platform, goAccessRef(tenant, "renamed-group"));
    await awaitReady(world.onboarding, { ...tenant, group: EARLIER_GROUP }, version);
    await goThereAndBack("later-names", EARLIER_GROUP);

    assert.deepEqual(await installationOf(sites), installed);
  });
});
