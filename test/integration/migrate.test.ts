import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, describe, it } from "node:test";

import type { ExitStatus } from "../../ground/provider-process.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { listAt, valueAt } from "../../sim/value-at.ts";
import { requestName } from "../../src/openmcp/platform/names.ts";
import { tenantRequestName } from "../../src/openmcp/platform/tenant-access.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import type { PassingRequest } from "../support/fault.ts";
import { configRef, CURRENT_GROUP, EARLIER_GROUP, kindOf, ocmRef, ref, namespaceOf } from "../support/kinds.ts";
import { awaitReady, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { type ProxiedWorld, startProxiedWorld } from "../support/proxied-world.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, POD_NAMESPACE, prepare, startWorld, type Tenant, type World } from "../support/world.ts";

const OPERATION = "openmcp.cloud/operation";
const access = requestName("ocm.ocm.services.openmcp.cloud", "onboarding-migrate");
const [presentConfig, earlierConfig] = [configRef(CURRENT_GROUP), configRef(EARLIER_GROUP)];

/** How a run of `migrate` ended, and what it has written to standard output. */
type Run = { readonly status: ExitStatus; readonly lines: readonly string[] };

async function migrate(world: World, ...args: readonly string[]): Promise<Run> {
  const { exited, logPath } = await world.start("migrate", { args });
  const status = await exited;
  const written = (await readFile(logPath, "utf8")).split("\n");
  return { status, lines: written.filter((line) => /^(?!\{|service-provider-ocm: ).+/u.test(line)) };
}

async function assertNoAccessIsLeft({ platform }: World): Promise<void> {
  for (const kind of ["accessRequest", "clusterRequest"] as const) {
    await awaitGone(platform, ref(kind, access, POD_NAMESPACE));
  }
}

describe("migrate", () => {
  let world: ProxiedWorld;
  let version: string;
  before(async () => {
    world = await startProxiedWorld();
    [version = ""] = world.ground.charts.versions;
    await world.run();
  });
  afterEach(() => Object.values(world.proxies).forEach((proxy) => proxy.heal()));
  after(() => world.stop());

  /** Has a tenant of the earlier group installed. */
  async function install(name: string): Promise<{ readonly tenant: Tenant; readonly refs: TenantRefs }> {
    const tenant = await world.order({ name, namespace: "project-x--ws-y" });
    await world.onboarding.create(ocm(tenant, version));
    await awaitReady(world.onboarding, tenant, version);
    return { tenant, refs: refsOf(tenant) };
  }

  /** What has to be the same afterwards. */
  async function installation({ mcp }: Tenant, { release }: TenantRefs): Promise<unknown> {
    const { metadata, ...found } = await world.platform.get(release);
    const deployments = await mcp.list(kindOf("deployment", "ocm-k8s-toolkit-system"));
    return {
      release: metadata.uid,
      revisions: listAt(found, "status", "history").map((entry) => valueAt(entry, "version")),
      deployments: deployments.map(({ metadata: { name, uid, generation } }) => ({ name, uid, generation })),
    };
  }

  /** The tenant is as before, in the present group and with its access, and goes with its object. */
  async function assertMigrated(
    { tenant, refs }: Awaited<ReturnType<typeof install>>,
    untouched: unknown,
  ): Promise<void> {
    const current = ocmRef({ ...tenant, group: CURRENT_GROUP });
    await awaitPresent<ServiceObj>(world.onboarding, current, isReady, { what: "the present OCM is Ready" });
    assert.equal(await world.onboarding.find(refs.ocm), undefined);
    // The access moves in the name of the present group, and Flux has to have seen that.
    await awaitGone(world.platform, refs.accessRequest);
    await awaitPresent<ServiceObj>(world.platform, refs.release, isReady, { what: "the release is Ready" });
    assert.deepEqual(await installation(tenant, refs), untouched);

    await world.onboarding.delete(current);
    await awaitGone(world.onboarding, current, 180_000);
    assert.equal(await world.platform.find(refs.release), undefined);
    const own = { controller: CURRENT_GROUP, name: tenant.name, namespace: tenant.namespace };
    const request = ref("accessRequest", tenantRequestName(own, "mcp"), tenant.tenantNamespace);
    assert.equal(await world.platform.find(request), undefined);
  }

  it("goes on after each kill, and ends as if there had been none", async () => {
    const installed = await install("mcp-01");
    const untouched = await installation(installed.tenant, installed.refs);
    const { spec } = await world.platform.get<ServiceObj>(earlierConfig);

    for (const [cluster, method, part] of [
      ["platform", "PATCH", `/clusterrequests/${access}`],
      ["platform", "PATCH", `/accessrequests/${access}`],
      ["platform", "POST", `${CURRENT_GROUP}/v1alpha1/providerconfigs`],
      ["platform", "DELETE", `${EARLIER_GROUP}/v1alpha1/providerconfigs/ocm`],
      ["onboarding", "POST", `${CURRENT_GROUP}/v1alpha1/namespaces/project-x--ws-y/ocms`],
      ["onboarding", "DELETE", `${EARLIER_GROUP}/v1alpha1/namespaces/project-x--ws-y/ocms/mcp-01`],
      ["platform", "DELETE", `/accessrequests/${access}`],
      ["platform", "DELETE", `/clusterrequests/${access}`],
    ] as const) {
      const matches = (request: PassingRequest): boolean => request.method === method && request.path.includes(part);
      const held = world.proxies[cluster].inject({ do: "hold" }, { matches });
      const killed = await world.start("migrate");
      await held.met();
      await killed.kill();
      held.lift();
    }

    assert.deepEqual(await migrate(world), { status: 0, lines: ["nothing to migrate"] });
    await assertNoAccessIsLeft(world);
    assert.deepEqual((await world.platform.get<ServiceObj>(presentConfig)).spec, spec);
    await assertMigrated(installed, untouched);
  });

  it("moves every tenant but those that are to be ignored, and says so", async () => {
    const moved = await install("mcp-02");
    const ignored = await install("mcp-03");
    const untouched = await installation(moved.tenant, moved.refs);
    await setOperation(ignored.refs.ocm, "ignore");

    const dry = await migrate(world, "--dry-run");
    const { status, lines } = await migrate(world);

    const note = `project-x--ws-y/mcp-03: skipped: ${EARLIER_GROUP}/v1alpha1 has the annotation ${OPERATION}: ignore`;
    assert.deepEqual(
      [dry.status, dry.lines.toSorted()],
      [
        1,
        [
          "1 of 2 would be migrated, 1 skipped, 0 failed",
          "project-x--ws-y/mcp-02: would be created, handed over, removed",
          note,
        ],
      ],
    );
    assert.equal(status, 1);
    assert.deepEqual(lines.toSorted(), [
      "1 of 2 migrated, 1 skipped, 0 failed",
      "project-x--ws-y/mcp-02: created, handed over, removed",
      note,
    ]);
    assert.equal(lines.at(-1), "1 of 2 migrated, 1 skipped, 0 failed");
    await assertMigrated(moved, untouched);
    assert.equal(await world.onboarding.find(ocmRef({ ...ignored.tenant, group: CURRENT_GROUP })), undefined);

    await setOperation(ignored.refs.ocm, null);
    assert.deepEqual(await migrate(world, "-n", "project-x--ws-y", "mcp-03"), {
      status: 0,
      lines: ["project-x--ws-y/mcp-03: created, handed over, removed", "1 of 1 migrated, 0 skipped, 0 failed"],
    });
  });

  function setOperation(object: ObjRef, operation: string | null): Promise<unknown> {
    return world.onboarding.patchMerge(object, { metadata: { annotations: { [OPERATION]: operation } } });
  }
});

describe("migrate without a provider", () => {
  const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
  const [present, earlier] = [ocmRef({ ...plane, group: CURRENT_GROUP }), ocmRef({ ...plane, group: EARLIER_GROUP })];
  let world: World;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.configure();
    await world.onboarding.create(namespaceOf(plane.namespace));
    await world.onboarding.create(ocm(plane, "0.4.0"));
  });
  after(() => world.stop());

  it("takes its access back when it is stopped", async () => {
    const waiting = await world.start("migrate", { args: [plane.name] });
    await awaitPresent(world.onboarding, present, () => true, { what: "the twin exists" });

    assert.equal(await waiting.stop(), 1);

    await assertNoAccessIsLeft(world);
    assert.ok(await world.onboarding.find(earlier));
  });

  it("waits no longer than it is told to", async () => {
    const { status, lines } = await migrate(world, "--timeout=1s", plane.name);

    assert.equal(status, 1);
    assert.match(lines[0] ?? "", /mcp-01: exists already, failed: gave up after 1 s while .* is the provider running/u);
    assert.deepEqual(lines.slice(1), ["0 of 1 migrated, 0 skipped, 1 failed"]);
  });
});
