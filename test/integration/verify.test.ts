import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { awaitEvent } from "../support/await-event.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf } from "../support/ocm-status.ts";
import { recordConditions } from "../support/record-conditions.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, POD_NAMESPACE, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");
const SIGNERS = ref("secret", "signers", POD_NAMESPACE);
const [signer, stranger] = [makeKey(), makeKey()];

describe("verification of the chart's signature", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let signed: string;
  let unsigned: string;
  before(async () => {
    world = await startRunningWorld({
      pollInterval: "1h",
      verify: { provider: "cosign", secretRef: { name: SIGNERS.name } },
    });
    [signed = "", unsigned = ""] = world.ground.charts.versions;
    await world.ground.signChart(signed, signer.privateKey);
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
    const { apiVersion, kind, name } = SIGNERS;
    await world.platform.create({ apiVersion, kind, metadata: { name, namespace: POD_NAMESPACE }, ...trust(stranger) });
  });
  after(() => world.stop());

  it("keeps a chart away that nobody has signed whom the operator trusts, and says what Flux says", async () => {
    await world.onboarding.create(ocm(tenant, signed));

    const refused = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetchFailed");
    assertSaysNoSignature(conditionOf(refused, "ChartReady")?.message);
    assert.equal(refused.status?.phase, "Progressing");
    await awaitEvent(world.onboarding, refs.ocm, "ChartFetchFailed", "no matching signatures");
    assert.equal(await tenant.mcp.find(ref("namespace", "ocm-k8s-toolkit-system")), undefined);
  });

  it("lets it in once the operator trusts who has signed it", async () => {
    await world.platform.patchMerge(SIGNERS, trust(signer));

    await awaitReady(world.onboarding, tenant, signed);
  });

  it("keeps what is installed where a version is asked for that is not signed", async () => {
    const recording = await recordConditions(world.onboarding, refs.ocm);
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: unsigned } });

    const refused = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetchFailed");
    assertSaysNoSignature(conditionOf(refused, "ChartReady")?.message);
    assert.equal(refused.status?.installedVersion, signed);

    await world.onboarding.patchMerge(refs.ocm, { spec: { version: signed } });
    await awaitReady(world.onboarding, tenant, signed);
    await recording.stop();
    assert.deepEqual(
      recording.changesOf("ChartReady").filter((change) => change.startsWith("False ChartFetchFailed")),
      ["False ChartFetchFailed"],
      "it is said once",
    );
  });

  it("names no version to write that is not signed either", async () => {
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: `v${unsigned}` } });
    const failed = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetchFailed");
    const message = conditionOf(failed, "ChartReady")?.message ?? "";
    assert.ok(message.endsWith(`; ${unsigned} cannot be fetched either`), message);

    await world.onboarding.patchMerge(refs.ocm, { spec: { version: `v${signed}` } });
    const refused = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "VersionNotFound");
    assert.ok(conditionOf(refused, "ChartReady")?.message.endsWith(`write ${signed}`));

    await world.onboarding.patchMerge(refs.ocm, { spec: { version: signed } });
    await awaitReady(world.onboarding, tenant, signed);
  });

  it("lets a version in as soon as it is signed", async () => {
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: unsigned } });
    await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetchFailed");

    await world.ground.signChart(unsigned, signer.privateKey);

    await awaitReady(world.onboarding, tenant, unsigned);
  });

  it("is not asked for any more when the operator takes it back", async () => {
    await world.platform.patchMerge(SIGNERS, trust(stranger));
    await world.platform.patchMerge(CONFIG, { spec: { verify: null } });
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: signed } });

    await awaitReady(world.onboarding, tenant, signed);
  });
});

function assertSaysNoSignature(message: string = ""): void {
  assert.match(
    message,
    /^VerificationError: failed to verify the signature using provider 'cosign': no matching signatures were found for '/,
  );
}

type KeyPair = ReturnType<typeof makeKey>;

// As `cosign generate-key-pair` does.
function makeKey() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function trust({ publicKey }: KeyPair): Pick<Obj, "data"> {
  const pem = publicKey.export({ type: "spki", format: "pem" });
  return { data: { "cosign.pub": Buffer.from(pem).toString("base64") } };
}
