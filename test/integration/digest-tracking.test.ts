import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { listAt, textAt } from "../../sim/value-at.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitCause, awaitReady } from "../support/ocm-status.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { startRunningWorld, type Tenant, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");

describe("a helm-controller that does not track the digests of charts", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let version: string;
  let newerVersion: string;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1s" }, { disablesChartDigestTracking: true });
    [version = "", newerVersion = ""] = world.ground.charts.versions;
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  const ask = (wanted: string): Promise<Obj> => world.onboarding.patchMerge(refs.ocm, { spec: { version: wanted } });

  const setValues = (values: object | null): Promise<Obj> => world.platform.patchMerge(CONFIG, { spec: { values } });

  it("has releases that become Ready, also in another version", async () => {
    await ask(newerVersion);
    await awaitReady(world.onboarding, tenant, newerVersion);

    await ask(version);
    await awaitReady(world.onboarding, tenant, version);
  });

  it("has one Ready again that was rolled back to what is asked for once more", async () => {
    await world.platform.patchMerge(refs.release, { spec: { timeout: "2s" } });
    await setValues({ manager: { nodeSelector: { nobody: "matches" } } });
    await awaitCause(world.onboarding, tenant, /UpgradeFailed|RollbackSucceeded/u);
    await awaitPresent(world.platform, refs.release, isRolledBack, { what: "the release is rolled back" });

    await setValues(null);

    await awaitReady(world.onboarding, tenant, version);
  });

  it("has one stay Ready whose tag is moved, as it keeps what is installed", async () => {
    const fetched = revisionOf(await world.platform.get(refs.source));
    const [installedBefore] = historyOf(await world.platform.get(refs.release));
    await world.ground.moveTag(version);

    const isFetched = (source: Obj): boolean => revisionOf(source) !== fetched;
    await awaitPresent(world.platform, refs.source, isFetched, { what: "the moved tag is fetched" });

    await awaitFullPass(world.onboarding, refs.ocm);
    await awaitReady(world.onboarding, tenant, version);
    const release = await world.platform.get(refs.release);
    assert.equal(textAt(release, "status", "lastAttemptedRevision"), version);
    assert.deepEqual(historyOf(release)[0], installedBefore);
  });
});

function isRolledBack(release: Obj): boolean {
  const [newest, failed] = historyOf(release).map((snapshot) => textAt(snapshot, "status"));
  return newest === "deployed" && failed === "failed";
}

function historyOf(release: Obj): readonly unknown[] {
  return listAt(release, "status", "history");
}

function revisionOf(source: Obj): string {
  return textAt(source, "status", "artifact", "revision");
}
