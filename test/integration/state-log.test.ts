import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitGone } from "../support/await-object.ts";
import { configRef, ref } from "../support/kinds.ts";
import { type LogEntry, readLogEntries } from "../support/log-entries.ts";
import { awaitReady } from "../support/ocm-status.ts";
import { ocm, prepare, startWorld, type Tenant, UNJUDGED, type World } from "../support/world.ts";

const NAMESPACE = "project-x--ws-y";

describe("the log at its usual verbosity", () => {
  let world: World;
  let provider: ProviderProcess;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.configure();
    provider = await world.run();
  });
  after(() => world.stop());

  async function order(name: string, version: string): Promise<Tenant> {
    const tenant = await world.order({ name, namespace: NAMESPACE });
    await world.onboarding.create(ocm(tenant, version), UNJUDGED);
    return tenant;
  }

  /** The lines about the state of one object, once the last of them has `isLast`. */
  async function statesOf(name: string, isLast: (entry: LogEntry) => boolean): Promise<readonly LogEntry[]> {
    let states: readonly LogEntry[] = [];
    await waitUntil(
      async () => {
        const entries = await readLogEntries(provider.logPath);
        states = entries.filter(({ kind, object, to }) => kind === "OCM" && object === name && to !== undefined);
        return states.some(isLast);
      },
      { what: `the log says how ${name} has become`, withinMs: 60_000 },
    );
    return states;
  }

  it("has one line for each change of an installation's state, from its order until it is gone", async () => {
    const [version = ""] = world.ground.charts.versions;
    const tenant = await order("logged", version);
    await awaitReady(world.onboarding, tenant, version);
    await statesOf(`${NAMESPACE}/logged`, ({ to }) => to === "Ready");
    await world.onboarding.delete(ref("ocm", tenant.name, tenant.namespace));
    await awaitGone(world.onboarding, ref("ocm", tenant.name, tenant.namespace));

    const states = await statesOf(`${NAMESPACE}/logged`, ({ to }) => to === "Gone");

    assert.deepEqual([states[0]?.from, states.at(-1)?.to], ["New", "Gone"]);
    for (const [number, { from, to, reason, level }] of states.slice(1).entries()) {
      const earlier = states[number];
      assert.equal(from, earlier?.to);
      assert.notDeepEqual([to, reason], [earlier?.to, earlier?.reason]);
      assert.equal(level, "info");
    }
  });

  it("has no line for a pass over what is settled", async () => {
    const [version = ""] = world.ground.charts.versions;
    const tenant = await order("settled", version);
    await awaitReady(world.onboarding, tenant, version);
    await awaitFullPass(world.platform, configRef());
    const earlier = await readLogEntries(provider.logPath);

    await awaitFullPass(world.onboarding, ref("ocm", tenant.name, tenant.namespace));
    await awaitFullPass(world.platform, configRef());

    assert.deepEqual((await readLogEntries(provider.logPath)).slice(earlier.length), []);
  });

  it("warns of a failure once, in the words that tenants read, and not again while it lasts", async () => {
    const tenant = await order("failing", "99.0.0");
    const states = await statesOf(`${NAMESPACE}/failing`, isFailure);
    const { status } = await world.onboarding.get<Failing>(ref("ocm", tenant.name, tenant.namespace));
    assert.equal(states.find(isFailure)?.message, status.conditions.find(({ type }) => type === "Ready")?.message);
    const earlier = await readLogEntries(provider.logPath);

    await awaitFullPass(world.onboarding, ref("ocm", tenant.name, tenant.namespace));

    assert.deepEqual((await readLogEntries(provider.logPath)).slice(earlier.length), []);
  });
});

describe("the verbosity of a running provider", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.configure();
  });
  after(() => world.stop());

  function ask(verbosity: string | null): Promise<unknown> {
    return world.platform.patchMerge(configRef(), { metadata: { annotations: { [VERBOSITY]: verbosity } } });
  }

  it("is that of the annotation of the ProviderConfig, as long as it is there, and each change is one line", async () => {
    const { logPath } = await world.run();
    const awaitChange = (from: string, to: string): Promise<void> =>
      waitUntil(async () => (await readLogEntries(logPath)).some((entry) => entry.from === from && entry.to === to), {
        what: `the log says that the verbosity is ${to} now`,
        withinMs: 60_000,
      });

    await ask("debug");
    await awaitChange("info", "debug");
    await awaitFullPass(world.platform, configRef());
    await ask(null);
    await awaitChange("debug", "info");
    await awaitFullPass(world.platform, configRef());

    const entries = await readLogEntries(logPath);
    const changes = entries.flatMap((entry, index) => (isVerbosity(entry) ? [index] : []));
    assert.equal(changes.length, 2);
    const isDetail = entries.map(({ level }) => level === "debug");
    assert.equal(isDetail.slice(changes[0], changes[1]).includes(true), true);
    assert.equal([...isDetail.slice(0, changes[0]), ...isDetail.slice(changes[1])].includes(true), false);
  });

  it("is that of the annotation also for a process that starts again", async () => {
    await ask("debug");
    const { logPath } = await world.run();

    await waitUntil(async () => (await readLogEntries(logPath)).some(({ level }) => level === "debug"), {
      what: "the log has details",
      withinMs: 60_000,
    });
  });

  it("stays as it is when the annotation has another value, and an Event says so", async () => {
    await ask("loud");

    await awaitEvent(world.platform, configRef(), "InvalidAnnotation", VERBOSITY);
  });
});

const VERBOSITY = "ocm.services.open-control-plane.io/verbosity";

function isVerbosity({ kind, from }: LogEntry): boolean {
  return kind === undefined && from !== undefined;
}

type Failing = Awaited<ReturnType<World["onboarding"]["get"]>> & {
  readonly status: { readonly conditions: readonly { readonly type: string; readonly message: string }[] };
};

function isFailure({ level }: LogEntry): boolean {
  return level === "warn";
}
