import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitPresent, statesOf } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { loosenSchema, writeWhenTaken } from "../support/lax-schema.ts";
import { awaitReady, awaitReason, conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { wording } from "../support/snapshot.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { startRunningWorld, type Tenant, type World } from "../support/world.ts";

describe("version of an OCM object", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let version: string;
  let newerVersion: string;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h" });
    [version = "", newerVersion = ""] = world.ground.charts.versions;
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  function setVersion(wanted: string): Promise<Obj> {
    return world.onboarding.patchMerge(refs.ocm, { spec: { version: wanted } });
  }

  function awaitTag(tag: string): Promise<Obj> {
    return awaitPresent(world.platform, refs.source, (source) => textAt(source, "spec", "ref", "tag") === tag, {
      what: `the OCIRepository asks for ${tag}`,
    });
  }

  it("is never called installed before it is: Ready drops first and comes back for the new version", async () => {
    const stop = new AbortController();
    const states = collect(statesOf<ServiceObj>(world.onboarding, refs.ocm, stop.signal), ({ generation, object }) => {
      return generation === 2 && isReady(object);
    });
    // Looked up the moment the platform knows of the change: by then Ready must have been taken back.
    const atChange = awaitTag(newerVersion).then(() => world.onboarding.get<ServiceObj>(refs.ocm));
    await setVersion(newerVersion);

    const seen = await states;
    stop.abort();

    assertDropped(await atChange, newerVersion);
    const current = seen.filter(({ status, metadata }) => status?.observedGeneration === metadata.generation);
    const ofNewSpec = current.filter(({ metadata }) => metadata.generation === 2);
    assert.equal(ofNewSpec.filter((object) => isReady(object)).length, 1, "Ready once, at the end");
    assert.equal(ofNewSpec.at(-1)?.status?.installedVersion, newerVersion);
    assert.ok(ofNewSpec.length >= 2, "not Ready at first");
    for (const object of ofNewSpec.slice(0, -1)) {
      assert.equal(object.status?.phase, "Progressing", wording(object, "Ready"));
      assert.equal(conditionOf(object, "Ready")?.reason, "Reconciling");
    }
    assertTransitionsOnlyOnFlips(seen);
  });

  it("is reported with Flux's words when it does not exist, and taken when it is corrected", async () => {
    await setVersion("9.9.9");

    const failed = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetchFailed");
    assert.match(wording(failed, "ChartReady"), /9\.9\.9.*MANIFEST_UNKNOWN/);
    assert.equal(conditionOf(failed, "Ready")?.message, conditionOf(failed, "ChartReady")?.message);
    assert.equal(failed.status?.phase, "Progressing");
    assert.equal(failed.status.installedVersion, newerVersion);
    await awaitEvent(world.onboarding, refs.ocm, "ChartFetchFailed", "9.9.9");

    await setVersion(version);
    await awaitReady(world.onboarding, tenant, version);
  });

  it("may be pinned by a digest, which counts more than the tag", async () => {
    const revision = textAt(await world.platform.get(refs.source), "status", "artifact", "revision");
    const digest = revision.slice(revision.indexOf("@") + 1);

    await setVersion(`${newerVersion}@${digest}`);

    const source = await awaitPresent(
      world.platform,
      refs.source,
      (found) => textAt(found, "spec", "ref", "digest") === digest,
      { what: "the OCIRepository asks for the digest" },
    );
    assert.deepEqual(valueAt(source, "spec", "ref"), { digest });
    await awaitPresent<ServiceObj>(world.onboarding, refs.ocm, isReady, { what: "Ready with the digest" });
    await setVersion(version);
    await awaitReady(world.onboarding, tenant, version);
    assert.deepEqual(valueAt(await world.platform.get(refs.source), "spec", "ref"), { tag: version });
  });

  it("stops nothing that is installed when one comes past the schema that is not valid, and says so", async () => {
    const source = await world.platform.get(refs.source);
    await loosenSchema(world.onboarding, "ocms.ocm.services.openmcp.cloud");
    await writeWhenTaken(() => setVersion("latest or so"));

    const bad = await awaitPresent<ServiceObj>(
      world.onboarding,
      refs.ocm,
      (found) => conditionOf(found, "Ready")?.message.includes('"latest or so" is not one chart version') === true,
      { what: "the status says what is wrong" },
    );
    assert.equal(conditionOf(bad, "Ready")?.reason, "ReconcileError");
    assert.equal(bad.status?.phase, "Progressing");
    assert.equal((await world.platform.get(refs.source)).metadata.generation, source.metadata.generation);

    assert.equal(await world.init(), 0);
    await setVersion(newerVersion);
    await awaitReady(world.onboarding, tenant, newerVersion);
  });
});

/** Collects the states of an object up to the first that is the last one of interest. */
async function collect(
  states: AsyncIterable<ServiceObj | undefined>,
  isLast: (state: { readonly generation: number | undefined; readonly object: ServiceObj }) => boolean,
): Promise<readonly ServiceObj[]> {
  const seen: ServiceObj[] = [];
  for await (const object of states) {
    if (object !== undefined) {
      seen.push(object);
      if (isLast({ generation: object.metadata.generation, object })) {
        break;
      }
    }
  }
  return seen;
}

/** Ready is False, or True because the new version is installed already. */
function assertDropped(object: ServiceObj, newVersion: string): void {
  const isBack = isReady(object) && object.status?.installedVersion === newVersion;
  assert.ok(isBack || conditionOf(object, "Ready")?.status === "False", JSON.stringify(object.status));
}

function assertTransitionsOnlyOnFlips(states: readonly ServiceObj[]): void {
  for (const [index, state] of states.entries()) {
    for (const { type, status, lastTransitionTime } of states[index - 1]?.status?.conditions ?? []) {
      const next = conditionOf(state, type);
      assert.ok(next !== undefined, `${type} stays`);
      if (next.status === status) {
        assert.equal(next.lastTransitionTime, lastTransitionTime, type);
      }
    }
  }
}
