import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { textAt } from "../../sim/value-at.ts";
import { awaitPresent } from "../support/await-object.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, POD_NAMESPACE, PULL_SECRET, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");
const RESET_AT = "reconcile.fluxcd.io/resetAt";
const RECONCILE = { metadata: { annotations: { "openmcp.cloud/operation": "reconcile" } } };

describe("a release that Flux has given up", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  before(async () => {
    // A name that no API server accepts: each attempt fails at once.
    world = await startRunningWorld({ values: { fullnameOverride: "Not_A_Name" } });
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
    await world.onboarding.create(ocm(tenant, world.ground.charts.versions[0] ?? ""));
    await awaitGivenUp("none");
  });
  after(() => world.stop());

  /** Waits until Flux has given up after the reset with the present token, which is not `old`; returns the token. */
  async function awaitGivenUp(old: string): Promise<string> {
    const isMet = (release: ServiceObj): boolean =>
      conditionOf(release, "Stalled")?.status === "True" &&
      tokenOf(release) !== old &&
      textAt(release, "status", "lastHandledResetAt") === tokenOf(release);
    const release = await awaitPresent<ServiceObj>(world.platform, refs.release, isMet, {
      what: "Flux has given up",
      withinMs: 90_000,
    });
    return tokenOf(release);
  }

  it("is retried once for each change that could help, and not in a loop", async () => {
    const changes = [
      () => world.platform.patchMerge(ref("secret", PULL_SECRET, POD_NAMESPACE), rewritten(world)),
      () => world.onboarding.patchMerge(refs.ocm, RECONCILE),
      () => world.platform.patchMerge(CONFIG, RECONCILE),
    ];

    const tokens = [""];
    for (const change of changes) {
      await awaitReason(world.onboarding, refs.ocm, "ReleaseReady", "ReleaseFailed");
      const release = await world.platform.get(refs.release);
      assert.equal(tokenOf(release), tokens.at(-1));

      await change();
      tokens.push(await awaitGivenUp(tokens.at(-1) ?? ""));
    }

    assert.equal(new Set(tokens).size, 1 + changes.length);
  });

  it("comes back when its values are corrected, and asks for no further retry", async () => {
    const token = tokenOf(await world.platform.get(refs.release));
    await world.platform.patchMerge(CONFIG, { spec: { values: null } });

    await awaitReady(world.onboarding, tenant);

    assert.equal(tokenOf(await world.platform.get(refs.release)), token);
  });
});

function tokenOf({ metadata }: { readonly metadata: ServiceObj["metadata"] }): string {
  return metadata.annotations?.[RESET_AT] ?? "";
}

/** The same credentials, written in another way. */
function rewritten({ ground }: World): object {
  const text = JSON.stringify(JSON.parse(ground.charts.dockerConfigJson), undefined, 2);
  return { data: { ".dockerconfigjson": Buffer.from(`${text}\n`).toString("base64") } };
}
