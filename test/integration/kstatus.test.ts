import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import type { Obj } from "../../sim/object.ts";
import { awaitGone, statesOf } from "../support/await-object.ts";
import { ref } from "../support/kinds.ts";
import { isWaitOver, kstatusOf } from "../support/kstatus.ts";
import { awaitReady, awaitReason, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { readTable } from "../support/read-table.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const run = promisify(execFile);
const hasKubectl = await run("kubectl", ["version", "--client"]).then(
  () => true,
  () => false,
);
const CONFIG = ref("providerConfig", "ocm");

describe("those who wait for an OCM object", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let version: string;
  let newerVersion: string;
  const stop = new AbortController();
  const states: ServiceObj[] = [];
  let recording: Promise<void>;
  before(async () => {
    world = await startRunningWorld();
    [version = "", newerVersion = ""] = world.ground.charts.versions;
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
    recording = (async () => {
      for await (const state of statesOf<ServiceObj>(world.onboarding, refs.ocm, stop.signal)) {
        states.push(...(state === undefined ? [] : [state]));
      }
    })();
  });
  after(async () => {
    stop.abort();
    await recording;
    await world.stop();
  });

  function setVersion(wanted: string): Promise<Obj> {
    return world.onboarding.patchMerge(refs.ocm, { spec: { version: wanted } });
  }

  it("are told at every moment of a life whether what is asked for is installed", async () => {
    await world.onboarding.create(ocm(tenant, version));
    await awaitReady(world.onboarding, tenant, version);
    await setVersion(newerVersion);
    await awaitReady(world.onboarding, tenant, newerVersion);
    await setVersion("9.9.9");
    await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetchFailed");
    await setVersion(newerVersion);
    await awaitReady(world.onboarding, tenant, newerVersion);
    await world.platform.patchMerge(CONFIG, { spec: { values: { fullnameOverride: "Not_A_Name" } } });
    await awaitReason(world.onboarding, refs.ocm, "ReleaseReady", "ReleaseFailed");
    await world.platform.patchMerge(CONFIG, { spec: { values: null } });
    await awaitReady(world.onboarding, tenant, newerVersion);
    await world.onboarding.delete(refs.ocm);
    await awaitGone(world.onboarding, refs.ocm, 60_000);

    const finished = states.filter((state) => kstatusOf(state) === "Current");
    assert.ok(finished.length >= 4, "Current after each of the four");
    for (const state of states) {
      const isInstalled = state.status?.phase === "Ready" && state.status.installedVersion === state.spec?.["version"];
      const { deletionTimestamp } = state.metadata;
      assert.equal(
        kstatusOf(state) === "Current",
        isInstalled && deletionTimestamp === undefined,
        JSON.stringify(state),
      );
      assert.equal(isWaitOver(state), isInstalled && isCurrent(state), JSON.stringify(state));
      assert.equal(kstatusOf(state) === "Terminating", deletionTimestamp !== undefined);
    }
  });

  it("see the columns that matter, and the message where they ask for more", async () => {
    await world.onboarding.create(ocm(tenant, version));
    await awaitReady(world.onboarding, tenant, version);

    const { columnDefinitions, rows } = await readTable(world.ground.onboarding, refs.ocm);

    const columns = columnDefinitions.map(({ name, priority }) => `${name.toUpperCase()} ${priority}`);
    assert.deepEqual(columns, ["NAME 0", "VERSION 0", "INSTALLED 0", "PHASE 0", "READY 0", "AGE 0", "MESSAGE 1"]);
    const [name, wanted, installed, phase, ready, age, message] = rows[0]?.cells ?? [];
    assert.deepEqual([name, wanted, installed, phase, ready], [tenant.name, version, version, "Ready", "True"]);
    assert.match(String(age), /^\d+s$|^\d+m/);
    assert.equal(message, `version ${version} is installed`);
  });

  it("get the right answer from kubectl", { skip: !hasKubectl }, async () => {
    await setVersion(newerVersion);

    const args = ["--kubeconfig", world.ground.onboarding.kubeconfigPath, "-n", tenant.namespace];
    await run("kubectl", [
      ...args,
      "wait",
      "--for=condition=Ready",
      "--timeout=60s",
      `ocms.ocm.services.openmcp.cloud/${tenant.name}`,
    ]);

    const found = await world.onboarding.get<ServiceObj>(refs.ocm);
    assert.equal(found.status?.installedVersion, newerVersion);
    assert.equal(conditionOf(found, "Ready")?.observedGeneration, found.metadata.generation);
  });
});

function isCurrent({ metadata, status }: ServiceObj): boolean {
  return status?.observedGeneration === metadata.generation;
}
