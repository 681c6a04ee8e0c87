import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import { listAt, valueAt } from "../../sim/value-at.ts";
import { TOOLKIT_NAME } from "../../src/ocm/names.ts";
import { provider } from "../../src/ocm/provider.ts";
import type { ClosableTransport } from "../../src/kube/transport.ts";
import type { MigrateOptions } from "../../src/openmcp/program/options.ts";
import { moveAll } from "../../src/openmcp/program/migrate.ts";
import { requestName, tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { configRef, CURRENT_GROUP, EARLIER_GROUP, kindOf, ocmRef, ref } from "../support/kinds.ts";
import { type ServiceObj } from "../support/ocm-status.ts";
import { registerGroups } from "../support/service-kinds.ts";
import { simulatedWorkplace } from "../support/simulated-provider.ts";
import { isInstalled, never, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm, POD_NAMESPACE, providerConfig } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const [present, earlier] = [ocmRef({ ...plane, group: CURRENT_GROUP }), ocmRef({ ...plane, group: EARLIER_GROUP })];
const [presentConfig, earlierConfig] = [configRef(CURRENT_GROUP), configRef(EARLIER_GROUP)];
const release = ref("helmRelease", TOOLKIT_NAME, tenantNamespace(plane.name, plane.namespace));
const access = requestName("ocm.ocm.services.openmcp.cloud", "onboarding-migrate");
/** The two requests for access, the ProviderConfig and the OCM object: each is created and deleted. */
const WRITES = 8;
const OPERATION = "openmcp.cloud/operation";
const ALL_MIGRATED = [
  "ProviderConfig/ocm: created, handed over, removed",
  "project-x--ws-y/mcp-01: created, handed over, removed",
  "2 of 2 migrated, 0 skipped, 0 failed",
];

/** Sends a request of `migrate`, named `<cluster> <method> <path>`, or does something else with it. */
type Intercept = (text: string, send: () => ReturnType<ClosableTransport>) => ReturnType<ClosableTransport>;

/** What came of a run of `migrate`. */
type Run = { readonly lines: readonly string[]; readonly failure?: string };

const defaults: MigrateOptions = {
  logging: { level: "error" },
  isDryRun: false,
  timeoutMs: 300_000,
};

describe("migrate", () => {
  let world: SimulatedWorld;
  let version: string;
  let newer: string;
  beforeEach(async () => {
    world = await SimulatedWorld.start(1);
    await registerGroups(platform(), [CURRENT_GROUP, EARLIER_GROUP]);
    [version = "", newer = ""] = world.simulation.charts.versions;
    world.startProvider();
    await world.clock.runUntil(world.simulation.orderControlPlane(plane));
    await onboarding().create(ocm(plane, version));
    await world.untilOcm(plane, isInstalled(version));
  });
  afterEach(() => world.stop());

  const onboarding = (): SimulatedWorld["simulation"]["onboarding"]["client"] => world.simulation.onboarding.client;
  const platform = (): SimulatedWorld["simulation"]["platform"]["client"] => world.simulation.platform.client;

  /** Runs `migrate` to its end. */
  async function migrate(
    {
      signal = new AbortController().signal,
      ...options
    }: Partial<MigrateOptions> & { readonly signal?: AbortSignal } = {},
    intercept: Intercept = (_text, send) => send(),
  ): Promise<Run> {
    const { clock, simulation } = world;
    const workplace = simulatedWorkplace({
      program: provider,
      simulation,
      clock,
      random: seededRandom(2),
      signal,
      intercept,
    });
    const lines: string[] = [];
    const printLine = (line: string): void => void lines.push(line);
    const ended = moveAll({ ...defaults, ...options }, { ...workplace, printLine }).then(
      () => ({ lines }),
      (error: unknown) => ({ lines, failure: String(error) }),
    );
    return (await clock.runUntil<Run>(ended)) ?? assert.fail();
  }

  /** Runs `migrate` until it is killed at a write, before or after that has reached the server. Returns whether it was. */
  async function killedAt(write: number, moment: "before" | "after"): Promise<boolean> {
    const killed = Promise.withResolvers<true>();
    let writes = 0;
    const ended = migrateUntil(killed.promise, async (text, send) => {
      writes += isWrite(text) ? 1 : 0;
      if (writes < write || (writes === write && moment === "after")) {
        const answer = await send();
        if (writes < write) {
          return answer;
        }
      }
      killed.resolve(true);
      return never();
    });
    return (await world.clock.runUntil(ended)) ?? assert.fail();
  }

  async function migrateUntil(killed: Promise<true>, intercept: Intercept): Promise<boolean> {
    const { clock, simulation } = world;
    const { signal } = new AbortController();
    const workplace = simulatedWorkplace({
      program: provider,
      simulation,
      clock,
      random: seededRandom(2),
      signal,
      intercept,
    });
    return Promise.race([killed, moveAll(defaults, { ...workplace, printLine: () => undefined }).then(() => false)]);
  }

  /** What must be the same after the migration. */
  async function installation(): Promise<object> {
    const found = await platform().get(release);
    const mcp = [...world.simulation.clusters.values()].find(({ name }) => name === plane.name);
    const deployments = (await mcp?.client.list(kindOf("deployment"))) ?? assert.fail();
    return {
      uid: found.metadata.uid,
      revisions: listAt(found, "status", "history").map((entry) => valueAt(entry, "version")),
      deployments: deployments.map(({ metadata: { uid, generation } }) => ({ uid, generation })),
    };
  }

  async function assertMigrated(): Promise<void> {
    await world.until(present, isInstalled(version));
    assert.equal(await onboarding().find(earlier), undefined);
    assert.equal(await platform().find(earlierConfig), undefined);
    assert.ok(await platform().find(presentConfig));
    await assertNoAccessIsLeft();
  }

  async function assertNoAccessIsLeft(): Promise<void> {
    for (const kind of ["clusterRequest", "accessRequest"] as const) {
      assert.equal(await platform().find(ref(kind, access, POD_NAMESPACE)), undefined, kind);
    }
  }

  it("moves the ProviderConfig and the tenants, and touches no installation", async () => {
    const before = await installation();
    const { spec } = await platform().get<ServiceObj>(earlierConfig);

    assert.deepEqual(await migrate(), { lines: ALL_MIGRATED });

    await assertMigrated();
    assert.deepEqual(await installation(), before);
    assert.deepEqual((await platform().get<ServiceObj>(presentConfig)).spec, spec);
    assert.deepEqual(await migrate(), { lines: ["nothing to migrate"] });
  });

  it("says what it would do, and changes nothing", async () => {
    const writes: string[] = [];

    const run = await migrate({ isDryRun: true }, (text, send) => {
      writes.push(...(isWrite(text) ? [text] : []));
      return send();
    });

    assert.deepEqual(run.lines, [
      "ProviderConfig/ocm: would be created, handed over, removed",
      "project-x--ws-y/mcp-01: would be created, handed over, removed",
      "2 of 2 would be migrated, 0 skipped, 0 failed",
    ]);
    assert.deepEqual(
      writes.filter((text) => !text.includes(access)),
      [],
    );
    await assertNoAccessIsLeft();
  });

  it("ends the same way wherever it was killed", async () => {
    const before = await installation();
    for (const moment of ["before", "after"] as const) {
      let write = 1;
      for (; await killedAt(write, moment); write += 1) {
        const { failure } = await migrate();

        assert.equal(failure, undefined, `killed ${moment} write ${write}`);
        await assertMigrated();
        assert.deepEqual(await installation(), before);
        await handBack();
      }
      assert.equal(write, WRITES + 1);
      await assertMigrated();
      await handBack();
    }
  });

  /** Makes the objects of the earlier group those that lead. */
  async function handBack(): Promise<void> {
    const { spec } = await platform().get<ServiceObj>(presentConfig);
    await platform().create(providerConfig(spec ?? {}));
    await onboarding().create(ocm(plane, version));
    await world.until(earlier, (found) => found?.status?.conditions !== undefined);
    await platform().delete(presentConfig);
    await onboarding().delete(present);
    await world.until(present, (found) => found === undefined);
    await world.until(earlier, (found) => found?.metadata.finalizers !== undefined);
  }

  it("goes on with a twin that asks for something else, and says so", async () => {
    await onboarding().create({ ...ocm(plane, newer), apiVersion: present.apiVersion });
    await world.until(present, isInstalled(newer));

    const { lines } = await migrate({ namespace: plane.namespace });

    assert.deepEqual(lines, [
      "project-x--ws-y/mcp-01: exists already, handed over, removed (differing: spec.version)",
      "1 of 1 migrated, 0 skipped, 0 failed",
    ]);
    assert.equal(await onboarding().find(earlier), undefined);
    await world.until(present, isInstalled(newer));
  });

  it("gives up on what the provider does not hand over, and goes on when it is running", async () => {
    world.crash();

    const { lines, failure } = await migrate();

    const unanswered = `created, failed: gave up after 300 s while waiting for the provider to hand over to`;
    assert.deepEqual(lines, [
      `ProviderConfig/ocm: ${unanswered} ProviderConfig.${CURRENT_GROUP}; is the provider running?`,
      `project-x--ws-y/mcp-01: ${unanswered} OCM.${CURRENT_GROUP}; is the provider running?`,
      "0 of 2 migrated, 0 skipped, 2 failed",
    ]);
    assert.match(failure ?? "", /2 of 2 objects are left in their earlier API group/u);
    world.startProvider();
    const again = await migrate();
    assert.deepEqual(again.lines, [
      ...ALL_MIGRATED.slice(0, 2).map((line) => line.replace("created", "exists already")),
      ALL_MIGRATED[2],
    ]);
    await assertMigrated();
  });

  it("moves the other tenants when one is refused, in the words of the server", async () => {
    const other = { name: "mcp-02", namespace: "project-x--ws-z" };
    await world.clock.runUntil(world.simulation.orderControlPlane(other));
    await onboarding().create(ocm(other, version));
    await world.untilOcm(other, isInstalled(version));

    const { lines, failure } = await migrate({}, (text, send) =>
      text.startsWith("onboarding POST") && text.includes(plane.namespace) ? refuse() : send(),
    );

    assert.deepEqual(lines.toSorted(), [
      "2 of 3 migrated, 0 skipped, 1 failed",
      ALL_MIGRATED[0],
      "project-x--ws-y/mcp-01: failed: " + lines.find((line) => line.includes("failed: "))?.split("failed: ")[1],
      "project-x--ws-z/mcp-02: created, handed over, removed",
    ]);
    assert.match(lines.join("\n"), /mcp-01: failed: .*the quota is exhausted/u);
    assert.match(failure ?? "", /1 of 3 objects are left/u);
    await world.untilOcm(plane, isInstalled(version));
  });

  it("leaves alone what is to be ignored", async () => {
    await onboarding().patchMerge(earlier, { metadata: { annotations: { [OPERATION]: "ignore" } } });

    for (const isDryRun of [true, false]) {
      const { lines, failure } = await migrate({ objectName: plane.name, isDryRun });

      const note = `ocm.services.openmcp.cloud/v1alpha1 has the annotation ${OPERATION}: ignore`;
      assert.equal(lines[0], `project-x--ws-y/mcp-01: skipped: ${note}`);
      assert.match(failure ?? "", /1 of 1 objects (?:are left|would stay)/u);
    }
    assert.equal(await onboarding().find(present), undefined);
  });

  it("creates no twin of what is being deleted", async () => {
    world.crash();
    await onboarding().delete(earlier);

    const { lines } = await migrate({ namespace: plane.namespace, objectName: plane.name });

    assert.deepEqual(lines, [
      "project-x--ws-y/mcp-01: skipped: is being deleted",
      "0 of 1 migrated, 1 skipped, 0 failed",
    ]);
    assert.equal(await onboarding().find(present), undefined);
  });

  it("takes the twin back when the owner deletes the object at the same moment", async () => {
    const { lines } = await migrate({ namespace: plane.namespace }, async (text, send) => {
      if (text.startsWith("onboarding POST")) {
        await onboarding().delete(earlier);
      }
      return send();
    });

    assert.match(lines[0] ?? "", /mcp-01: failed: it was deleted while its twin was created/u);
    await world.until(present, (found) => found === undefined);
    await world.until(earlier, (found) => found === undefined);
    assert.equal(await platform().find(release), undefined);
  });

  it("looks again when somebody writes the object right before it is deleted", async () => {
    let hasWritten = false;
    const write = async (metadata: object): Promise<void> => {
      hasWritten = true;
      await onboarding().patchMerge(earlier, { metadata });
    };
    const onDelete =
      (metadata: object): Intercept =>
      async (text, send) => {
        if (
          text ===
            `onboarding DELETE /apis/ocm.services.openmcp.cloud/v1alpha1/namespaces/${plane.namespace}/ocms/${plane.name}` &&
          !hasWritten
        ) {
          await write(metadata);
        }
        return send();
      };

    const ignored = await migrate({ namespace: plane.namespace }, onDelete({ annotations: { [OPERATION]: "ignore" } }));
    assert.match(ignored.lines[0] ?? "", /created, handed over, failed: .*: ignore$/u);
    await onboarding().patchMerge(earlier, { metadata: { annotations: { [OPERATION]: null } } });

    hasWritten = false;
    const { lines } = await migrate({ namespace: plane.namespace }, onDelete({ labels: { team: "a" } }));
    assert.equal(lines[0], "project-x--ws-y/mcp-01: exists already, handed over, removed");
  });

  it("says when somebody creates the object again", async () => {
    const { lines } = await migrate({ namespace: plane.namespace }, async (text, send) => {
      const answer = await send();
      if (text.startsWith("onboarding DELETE")) {
        await onboarding().create(ocm(plane, version));
      }
      return answer;
    });

    assert.match(lines[0] ?? "", /created, handed over, failed: somebody has created it again/u);
    await world.until(present, isInstalled(version));
  });

  it("gives its access back when it is interrupted, and can be repeated", async () => {
    const stop = new AbortController();
    world.crash();

    const { lines, failure } = await migrate({ signal: stop.signal }, async (text, send) => {
      const answer = await send();
      if (text.startsWith("platform POST") && text.includes("providerconfigs")) {
        stop.abort();
      }
      return answer;
    });

    assert.deepEqual(lines, [
      "ProviderConfig/ocm: failed: interrupted",
      "0 of 2 migrated, 0 skipped, 1 failed, 1 not begun",
    ]);
    assert.match(failure ?? "", /2 of 2 objects/u);
    await assertNoAccessIsLeft();
    world.startProvider();
    assert.equal((await migrate()).failure, undefined);
    await assertMigrated();
  });

  for (let moment = 1; moment <= WRITES; moment += 1) {
    it(`lets everything go when the control plane is deleted at write ${moment}`, async () => {
      await register();
      let writes = 0;
      let removal: Promise<void> | undefined;

      await migrate({}, (text, send) => {
        writes += isWrite(text) ? 1 : 0;
        if (writes === moment) {
          removal ??= world.simulation.removeControlPlane(plane);
        }
        return send();
      });

      await world.clock.runUntil(removal ?? assert.fail("expected that write"));
      for (const object of [earlier, present]) {
        assert.equal(await onboarding().find(object), undefined);
      }
      assert.equal(await platform().find(ref("namespace", release.namespace ?? "")), undefined);
    });
  }

  /** Has the platform delete what tenants have asked for, as `init` does. */
  async function register(): Promise<void> {
    const serviceProvider = ref("serviceProvider", "ocm");
    const { status } = await platform().get<ServiceObj>(serviceProvider);
    const resources = [CURRENT_GROUP, EARLIER_GROUP].map((group) => ({ group, version: "v1alpha1", kind: "OCM" }));
    await platform().status(serviceProvider, { ...status, resources });
  }

  it("needs the CRD of the present group only where there is something to move", async () => {
    await onboarding().delete(ref("crd", `ocms.${CURRENT_GROUP}`));
    await world.clock.advance(5_000);

    const { lines, failure } = await migrate();
    assert.deepEqual(lines, []);
    assert.match(failure ?? "", /does not serve ocms\.ocm\.services\.open-control-plane\.io: run "init" first/u);
    assert.ok(await platform().find(earlierConfig));

    await onboarding().delete(earlier);
    await world.until(earlier, (found) => found === undefined);
    await onboarding().delete(ref("crd", "ocms.ocm.services.openmcp.cloud"));
    await world.clock.advance(5_000);
    assert.deepEqual((await migrate({ namespace: plane.namespace })).lines, ["nothing to migrate"]);
  });

  it("says when there is nothing of the name that it was given", async () => {
    assert.match((await migrate({ objectName: "mcp-10" })).failure ?? "", /there is no OCM of the name "mcp-10"/u);
    await migrate();
    assert.deepEqual(await migrate({ objectName: plane.name }), { lines: ["nothing to migrate"] });
  });
});

function isWrite(text: string): boolean {
  return !/^\S+ GET /u.test(text);
}

/** An answer as an admission webhook causes it. */
function refuse(): ReturnType<ClosableTransport> {
  const status = {
    apiVersion: "v1",
    kind: "Status",
    status: "Failure",
    message: "the quota is exhausted",
    reason: "Forbidden",
    code: 403,
  };
  return Promise.resolve({
    status: 403,
    headers: { "content-type": "application/json" },
    body: (async function* () {
      yield await Promise.resolve(Buffer.from(JSON.stringify(status)));
    })(),
  });
}
