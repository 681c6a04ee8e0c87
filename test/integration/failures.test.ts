import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitPresent } from "../support/await-object.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { recordConditions, type Recording } from "../support/record-conditions.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, POD_NAMESPACE, PULL_SECRET, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const LONGEST_MESSAGE = 700;

describe("failures of an installation", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  before(async () => {
    world = await startRunningWorld();
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  const setPullSecret = (dockerConfigJson: string): Promise<Obj> =>
    world.platform.patchMerge(ref("secret", PULL_SECRET, POD_NAMESPACE), {
      data: { ".dockerconfigjson": Buffer.from(dockerConfigJson).toString("base64") },
    });
  const setValues = (values: object | null): Promise<Obj> =>
    world.platform.patchMerge(ref("providerConfig", "ocm"), { spec: { values } });
  const setVersion = (version: string): Promise<Obj> => world.onboarding.patchMerge(refs.ocm, { spec: { version } });
  /** Waits until the OCM object gives `text` as the cause why a part of it failed. */
  const failure = async (type: string, reason: string, text: RegExp): Promise<ServiceObj> => {
    const object = await awaitPresent<ServiceObj>(
      world.onboarding,
      refs.ocm,
      (found) => conditionOf(found, type)?.reason === reason && text.test(conditionOf(found, type)?.message ?? ""),
      { what: `${type} is ${reason} because of ${text}`, withinMs: 60_000 },
    );
    assert.equal(object.status?.phase, "Progressing");
    const ready = conditionOf(object, "Ready");
    assert.deepEqual([ready?.status, ready?.reason], ["False", "ReconcileError"]);
    assert.equal(ready?.message, conditionOf(object, type)?.message);
    return object;
  };
  it("says that the registry refused the pull secret, and gets over it when that is corrected", async () => {
    await setPullSecret(world.ground.charts.wrongDockerConfigJson);
    const [version = ""] = world.ground.charts.versions;
    await world.onboarding.create(ocm(tenant, version));
    const recording = await recordConditions(world.onboarding, refs.ocm);

    await failure("ChartReady", "ChartFetchFailed", /UNAUTHORIZED/u);
    await awaitEvent(world.onboarding, refs.ocm, "ChartFetchFailed", "UNAUTHORIZED");

    await setPullSecret(world.ground.charts.dockerConfigJson);
    await awaitReady(world.onboarding, tenant, version);
    await recording.stop();
    checkMessages(recording);
    for (const secret of secretsIn(world.ground.charts.wrongDockerConfigJson)) {
      assert.equal(JSON.stringify(recording.conditions()).includes(secret), false);
    }
  });

  it("says that there is no such version, and does not waver while Flux tries again", async () => {
    const [version = ""] = world.ground.charts.versions;
    const recording = await recordConditions(world.onboarding, refs.ocm);
    await setVersion("9.9.9");
    await failure("ChartReady", "ChartFetchFailed", /MANIFEST_UNKNOWN/u);
    await awaitAttempts(3);

    await setVersion(version);
    await awaitReady(world.onboarding, tenant, version);
    await recording.stop();

    checkMessages(recording);
    assert.deepEqual(recording.changesOf("ChartReady"), [
      "True ChartFetched",
      "False ChartFetching",
      "False ChartFetchFailed",
      "False ChartFetching",
      "True ChartFetched",
    ]);
  });

  it("says that the registry is away, and goes on when it is back", async () => {
    const [version = "", newer = ""] = world.ground.charts.versions;
    await world.ground.crashRegistry();
    await setVersion(newer);
    await failure("ChartReady", "ChartFetchFailed", /connection refused/u);

    await world.ground.reviveRegistry();
    await awaitReady(world.onboarding, tenant, newer);

    await setVersion(version);
    await awaitReady(world.onboarding, tenant, version);
  });

  it("says why Helm refuses the values, and gets over it when they are corrected", async () => {
    const recording = await recordConditions(world.onboarding, refs.ocm);
    await setValues({ manager: { replicas: "many" } });

    await failure("ReleaseReady", "ReleaseFailed", /schema/u);
    await awaitEvent(world.onboarding, refs.ocm, "ReleaseFailed", "schema");

    await setValues(null);
    await awaitReady(world.onboarding, tenant);
    await recording.stop();
    checkMessages(recording);
    // Before the values are corrected Flux may have tried once more, and may have been at work for long the first time.
    const changes = recording
      .changesOf("ReleaseReady")
      .join("\n")
      .replace(/(?<=^True ReleaseInstalled\n)False ReleaseInstalling\n/u, "")
      .replace(/(False ReleaseFailed\nFalse ReleaseInstalling\n)+/u, "$1");
    assert.deepEqual(changes.split("\n"), [
      "True ReleaseInstalled",
      "False ReleaseFailed",
      "False ReleaseInstalling",
      "True ReleaseInstalled",
    ]);
  });

  it("says that the new pods do not become healthy, and what is installed meanwhile", async () => {
    const [version] = world.ground.charts.versions;
    // Not a field of ours, so it stays: the default of five minutes is too long for a test.
    await world.platform.patchMerge(refs.release, { spec: { timeout: "2s" } });
    await setValues({ manager: { nodeSelector: { nobody: "matches" } } });

    const failed = await failure("ReleaseReady", "ReleaseFailed", /UpgradeFailed|RollbackSucceeded/u);
    assert.equal(failed.status?.installedVersion, version);

    await setValues(null);
    await awaitReady(world.onboarding, tenant);
    await world.platform.patchMerge(refs.release, { spec: { timeout: null } });
  });

  it("says that access is denied", async () => {
    await world.platform.status(refs.accessRequest, { phase: "Denied" });

    await awaitReason(world.onboarding, refs.ocm, "AccessReady", "AccessDenied");

    await world.platform.status(refs.accessRequest, { phase: "Granted" });
    await awaitReady(world.onboarding, tenant);
  });

  /** Waits until Flux has tried in vain to fetch the chart that often. */
  async function awaitAttempts(count: number): Promise<void> {
    let attempts = 0;
    const isMet = (source: ServiceObj): boolean => {
      attempts += conditionOf(source, "Ready")?.status === "False" ? 1 : 0;
      return attempts >= count;
    };
    await awaitPresent<ServiceObj>(world.platform, refs.source, isMet, {
      what: `${count} attempts to fetch the chart`,
    });
  }
});

function secretsIn(dockerConfigJson: string): readonly string[] {
  const { auths } = JSON.parse(dockerConfigJson) as { auths: Record<string, { password: string; auth: string }> };
  return Object.values(auths).flatMap(({ password, auth }) => [password, auth]);
}

function checkMessages(recording: Recording): void {
  for (const { message } of recording.conditions()) {
    assert.ok(message.length <= LONGEST_MESSAGE && !message.includes("\n"), message);
  }
}
