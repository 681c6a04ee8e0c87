import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { ClientError } from "../../sim/client-error.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { CURRENT_GROUP, EARLIER_GROUP, ocmRef, ref, namespaceOf } from "../support/kinds.ts";
import { connectAsUser } from "../support/onboarding-user.ts";
import { awaitReason, conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { ProviderTraffic } from "../support/provider-traffic.ts";
import { ocm, prepare, startWorld, type World } from "../support/world.ts";

const NAMESPACE = "project-x--ws-y";
const GROUPS = [CURRENT_GROUP, EARLIER_GROUP];
const CONFIG = ref("providerConfig", "ocm");
const ADMISSION = "admissionregistration.k8s.io/v1";
const NAME = `ocms.${CURRENT_GROUP}`;
const POLICY: ObjRef = { apiVersion: ADMISSION, kind: "ValidatingAdmissionPolicy", name: NAME };
const BINDING: ObjRef = { apiVersion: ADMISSION, kind: "ValidatingAdmissionPolicyBinding", name: NAME };
const OFFER: ObjRef = { apiVersion: `${CURRENT_GROUP}/v1alpha1`, kind: "OCMOffer", name: "ocm" };
const OFFERED = [{ version: "0.4.0" }, { version: "next", chartVersion: "0.5.0" }, { version: "v0.6.0" }];
const LISTED = "on offer: 0.4.0, next, v0.6.0";

describe("a version that is not on offer", () => {
  let world: World;
  let provider: ProviderProcess;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.configure({ pollInterval: "1h", versions: OFFERED });
    provider = await world.run();
    await world.onboarding.create(namespaceOf(NAMESPACE));
    await untilRefused("9.9.9");
  });
  after(() => world.stop());

  function create(name: string, version: string, group = CURRENT_GROUP): Promise<Obj> {
    return world.onboarding.create(orderOf(name, version, group));
  }

  function offer(versions: readonly object[] | null): Promise<Obj> {
    return world.platform.patchMerge(CONFIG, { spec: { versions } });
  }

  /** Creates an object, whatever is on offer. */
  async function createAnyway(name: string, version: string, group = CURRENT_GROUP): Promise<ObjRef> {
    await offer([...OFFERED, { version }]);
    await waitUntil(() => create(name, version, group).then(() => true, isNotRefusal), patiently("it is admitted"));
    await offer(OFFERED);
    await untilRefused(version);
    return ocmRef({ name, namespace: NAMESPACE, group });
  }

  // A real API server learns of policies and parameters a moment after they were written.
  async function untilRefused(version: string): Promise<void> {
    const isRefused = async (): Promise<boolean> => {
      const refusal = await refusalOf(create("probe", version));
      if (refusal === undefined) {
        await world.onboarding.delete(ocmRef({ name: "probe", namespace: NAMESPACE, group: CURRENT_GROUP }));
      }
      return refusal !== undefined;
    };
    await waitUntil(isRefused, patiently(`${version} is refused`));
  }

  for (const group of GROUPS) {
    it(`is refused when an object of ${group} is created, with a list of what is on offer`, async () => {
      const refusal = await refusalOf(create("mcp-01", "9.9.9", group));

      assert.equal(refusal?.code, 422);
      assert.equal(refusal.reason, "Invalid");
      assert.equal(
        refusal.message,
        `ocms.${group} "mcp-01" is forbidden: ValidatingAdmissionPolicy '${NAME}' with binding '${NAME}' ` +
          `denied request: spec.version: "9.9.9" is not offered (${LISTED})`,
      );
    });

    it(`is refused when an object of ${group} is changed, by any kind of patch`, async () => {
      const object = ocmRef({ name: "changed", namespace: NAMESPACE, group });
      await create(object.name, "0.4.0", group);
      const spec = { version: "9.9.9" };

      assert.match((await refusalOf(world.onboarding.patchMerge(object, { spec })))?.message ?? "", /not offered/u);
      const patch = [{ op: "replace", path: "/spec/version", value: "9.9.9" }];
      assert.match((await refusalOf(world.onboarding.patchJson(object, patch)))?.message ?? "", /not offered/u);
      const update = async (): Promise<unknown> =>
        world.onboarding.update({ ...(await world.onboarding.get(object)), spec });
      assert.match((await refusalOf(unlessOutrun(update)))?.message ?? "", /not offered/u);
      const applied = { ...orderOf(object.name, "9.9.9", group) };
      const applying = world.onboarding.apply(applied, { fieldManager: "somebody", force: true });
      assert.match((await refusalOf(applying))?.message ?? "", /not offered/u);

      await world.onboarding.patchMerge(object, { spec: { version: "next" } });
      await world.onboarding.delete(object);
      await awaitGone(world.onboarding, object);
    });

    it(`does not stand in the way of an object of ${group} that exists already`, async () => {
      const object = await createAnyway("withdrawn", "0.3.0", group);

      await world.onboarding.patchMerge(object, { metadata: { labels: { a: "b" }, annotations: { c: "d" } } });
      await world.onboarding.patchMerge(object, { metadata: { finalizers: ["example.com/hold"] } });
      await world.onboarding.delete(object);
      await world.onboarding.patchMerge(object, { metadata: { finalizers: null } });

      await awaitGone(world.onboarding, object);
    });
  }

  it("is none that is on offer without the v with which the user writes it", async () => {
    for (const [index, version] of ["v0.4.0", "v0.6.0", "next"].entries()) {
      const name = `spelt-${index}`;
      await create(name, version);
      await world.onboarding.delete(ocmRef({ name, namespace: NAMESPACE, group: CURRENT_GROUP }));
    }
    for (const version of ["vnext", "0.6.0", "vv0.4.0", "latest", ""]) {
      assert.ok((await refusalOf(create("mcp-02", version))) !== undefined, version);
    }
  });

  it("is quoted as far as it can be read", async () => {
    const long = await refusalOf(create("mcp-03", "x".repeat(300)));
    assert.match(long?.message ?? "", /: spec\.version: "x{200}" is not offered \(on offer: /u);

    const lines = await refusalOf(create("mcp-03", "a\nb"));
    assert.match(lines?.message ?? "", /: spec\.version: is not offered; an OCMOffer lists the versions on offer$/u);
  });

  it("is refused as soon as it is taken from the list, and admitted when it is added", async () => {
    await offer([{ version: "0.4.0" }]);
    await untilRefused("next");
    assert.match((await refusalOf(create("mcp-04", "next")))?.message ?? "", /\(on offer: 0\.4\.0\)$/u);

    await offer(OFFERED);
    await waitUntil(() => create("mcp-04", "next").then(() => true, isNotRefusal), patiently("next is admitted"));
    await world.onboarding.delete(ocmRef({ name: "mcp-04", namespace: NAMESPACE, group: CURRENT_GROUP }));
  });

  it("can be looked up by every user of the onboarding cluster", async () => {
    const user = await connectAsUser(world, { namespace: NAMESPACE, role: "view" });

    const found = await waitUntilRead(() => user.get(OFFER));

    assert.deepEqual(found["spec"], { versions: ["0.4.0", "next", "v0.6.0"], summary: LISTED });
    await assert.rejects(
      user.patchMerge(OFFER, { spec: { versions: [] } }),
      (error) => error instanceof ClientError && error.code === 403,
    );
  });

  for (const object of [POLICY, BINDING, OFFER]) {
    it(`is refused again after somebody has changed or deleted the ${object.kind}`, async () => {
      const { metadata, ...content } = await world.onboarding.get(object);

      await world.onboarding.delete(object);
      const anew = await awaitPresent(world.onboarding, object, ({ metadata: { uid } }) => uid !== metadata.uid, {
        what: `${object.kind} is made anew`,
      });
      assert.deepEqual(anew["spec"], content["spec"]);

      await world.onboarding.patchMerge(object, CHANGES[object.kind] ?? {});
      const mended = await awaitPresent(
        world.onboarding,
        object,
        ({ spec }) => JSON.stringify(spec) === JSON.stringify(content["spec"]),
        { what: `${object.kind} is put right` },
      );
      assert.equal(mended.metadata.uid, anew.metadata.uid);
    });
  }

  it("costs the provider no request while nothing changes", async () => {
    const traffic = new ProviderTraffic(world.ground, [world.ground.onboarding]);
    await traffic.reset();

    await world.platform.patchMerge(CONFIG, { metadata: { annotations: { "openmcp.cloud/operation": "reconcile" } } });
    await awaitPresent(world.platform, CONFIG, isConsumed, { what: "the annotation is consumed" });
    await world.onboarding.patchMerge(POLICY, { metadata: { labels: { theirs: "too" } } });
    await world.platform.patchMerge(CONFIG, { spec: { pollInterval: "2h" } });
    await awaitPresent(world.platform, CONFIG, isTakenIn, { what: "the ProviderConfig is taken in" });

    const { writes } = await traffic.read();
    assert.deepEqual(
      writes.filter((request) => request.includes(ADMISSION) || request.includes("/ocmoffers/")),
      [],
    );
  });

  it("is moved to the other group by migrate all the same", async () => {
    const object = await createAnyway("mcp-07", "0.3.0", EARLIER_GROUP);

    const migrate = await world.start("migrate", { args: ["-n", NAMESPACE, "mcp-07"] });

    assert.equal(await migrate.exited, 0);
    const moved = await world.onboarding.get(ocmRef({ name: "mcp-07", namespace: NAMESPACE, group: CURRENT_GROUP }));
    assert.deepEqual(moved["spec"], { version: "0.3.0" });
    assert.equal(await world.onboarding.find(object), undefined);
    await world.onboarding.delete(ocmRef({ name: "mcp-07", namespace: NAMESPACE, group: CURRENT_GROUP }));
  });

  it("is admitted when every version is on offer, and the objects are gone", async () => {
    await offer(null);
    for (const object of [BINDING, POLICY, OFFER]) {
      await awaitGone(world.onboarding, object);
    }
    await waitUntil(() => create("mcp-05", "9.9.9").then(() => true, isNotRefusal), patiently("9.9.9 is admitted"));
    await world.onboarding.delete(ocmRef({ name: "mcp-05", namespace: NAMESPACE, group: CURRENT_GROUP }));

    await offer(OFFERED);
    await untilRefused("9.9.9");
  });

  it("is admitted when the provider is told so, and the objects are gone", async () => {
    await provider.stop();

    await world.run({ args: ["--version-admission=false"] });

    for (const object of [BINDING, POLICY, OFFER]) {
      await awaitGone(world.onboarding, object);
    }
    await waitUntil(() => create("mcp-08", "9.9.9").then(() => true, isNotRefusal), patiently("9.9.9 is admitted"));
  });
});

describe("a version that the onboarding cluster cannot refuse", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.onboarding.create(namespaceOf(NAMESPACE));
  });
  after(() => world.stop());

  const offerCrd = ref("crd", `ocmoffers.${CURRENT_GROUP}`);

  async function assertRefusedByCondition(name: string): Promise<void> {
    const object = ocmRef({ name, namespace: NAMESPACE, group: CURRENT_GROUP });
    await world.onboarding.create(orderOf(name, "9.9.9", CURRENT_GROUP));
    const found = await awaitReason(world.onboarding, object, "ChartReady", "VersionNotOffered");
    assert.match(conditionOf(found, "ChartReady")?.message ?? "", /"9\.9\.9" is not offered \(on offer: /u);
    await world.onboarding.delete(object);
    await awaitGone(world.onboarding, object);
  }

  it("is refused by the condition where a CRD is missing, and by the cluster once init has run", async () => {
    await world.onboarding.delete(offerCrd);
    await awaitGone(world.onboarding, offerCrd);
    await world.configure({ pollInterval: "1h", versions: OFFERED });
    await world.run();

    await awaitEvent(world.platform, CONFIG, "AdmissionUnavailable", "ocmoffers");
    await assertRefusedByCondition("mcp-01");
    assert.equal(await world.onboarding.find(POLICY), undefined);

    await prepare(world);
    await world.platform.patchMerge(CONFIG, { spec: { versions: [{ version: "0.4.0" }] } });
    await awaitPresent(world.onboarding, BINDING, () => true, { what: "the policy is bound" });
  });

  it("is refused by the condition while a policy of somebody else has the name", async () => {
    await world.platform.patchMerge(CONFIG, { spec: { versions: null } });
    await awaitGone(world.onboarding, OFFER);
    const resourceRules = [
      { apiGroups: ["example.com"], apiVersions: ["*"], operations: ["CREATE"], resources: ["x"] },
    ];
    const spec = { matchConstraints: { resourceRules }, validations: [{ expression: "true" }] };
    const { apiVersion, kind, name } = POLICY;
    const theirs = await world.onboarding.create({ apiVersion, kind, metadata: { name }, spec });

    await world.platform.patchMerge(CONFIG, { spec: { versions: OFFERED } });

    await awaitEvent(world.platform, CONFIG, "AdmissionUnavailable", "is not managed by this provider");
    await assertRefusedByCondition("mcp-02");
    assert.deepEqual((await world.onboarding.get(POLICY))["spec"], theirs["spec"]);
    await world.onboarding.delete(POLICY);
    await awaitPresent(world.onboarding, BINDING, () => true, { what: "the policy is bound" });
  });
});

const CHANGES: Readonly<Record<string, object>> = {
  ValidatingAdmissionPolicy: { spec: { failurePolicy: "Fail" } },
  ValidatingAdmissionPolicyBinding: { spec: { paramRef: { parameterNotFoundAction: "Deny" } } },
  OCMOffer: { spec: { versions: ["9.9.9"] } },
};

function isConsumed({ metadata }: Obj): boolean {
  return metadata.annotations?.["openmcp.cloud/operation"] === undefined;
}

function isTakenIn(config: ServiceObj): boolean {
  return isReady(config) && config.status?.observedGeneration === config.metadata.generation;
}

function orderOf(name: string, version: string, group: string): Obj {
  return { ...ocm({ name, namespace: NAMESPACE, group }, version), apiVersion: `${group}/v1alpha1` };
}

async function refusalOf(request: Promise<unknown>): Promise<ClientError | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (error instanceof ClientError && error.message.includes("denied request")) {
      return error;
    }
    throw error;
  }
}

/** Repeats an update that somebody else's write has outrun. */
async function unlessOutrun(update: () => Promise<unknown>): Promise<unknown> {
  return update().catch((error: unknown) => {
    if (error instanceof ClientError && error.code === 409) {
      return unlessOutrun(update);
    }
    throw error;
  });
}

function isNotRefusal(error: unknown): boolean {
  if (error instanceof ClientError && error.message.includes("denied request")) {
    return false;
  }
  throw error;
}

async function waitUntilRead(read: () => Promise<Obj>): Promise<Obj> {
  let found: Obj | undefined;
  const isRead = async (): Promise<boolean> => {
    found = await read().catch(() => undefined);
    return found !== undefined;
  };
  await waitUntil(isRead, patiently("the user may read it"));
  assert.ok(found !== undefined);
  return found;
}

function patiently(what: string): { readonly what: string; readonly withinMs: number } {
  return { what, withinMs: 30_000 };
}
