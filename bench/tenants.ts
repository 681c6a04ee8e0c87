import { awaitTenants } from "../test/support/await-tenants.ts";
import { ProviderTraffic, type Traffic } from "../test/support/provider-traffic.ts";
import { prepare } from "../test/support/world.ts";
import { type HeldMemory, type InspectedProvider, runInspected } from "./support/inspected-provider.ts";
import { installTenants } from "./support/install-tenants.ts";
import { OcmWatch } from "./support/ocm-watch.ts";
import { readOptions } from "./support/options.ts";
import { type Figure, print } from "./support/report.ts";
import { configure, openStage, orderControlPlanes, type Stage } from "./support/stage.ts";
import { writePlainly } from "./support/write-plainly.ts";

// Many tenants at once: how soon are they all Ready, and what do they cost? Compared with a program that sends as many
// writes to one of the same API servers and does nothing else.

type Cost = {
  readonly tenants: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly groundCpuMs: number;
  /** Share of the time in which the one thread of API servers, platform and Flux was at work. */
  readonly groundBusy: number;
  readonly before: HeldMemory;
  readonly after: HeldMemory;
  readonly traffic: Traffic;
};

/** Tenants that were there before, so that code is compiled and buffers have their size. */
const WARM_UP = 10;
const MEGABYTE = 1e6;

const options = readOptions(process.argv.slice(2));
await using stage = await openStage();
await prepare(stage);
await configure(stage);
const provider = await runInspected(stage);

const cost = await measure(stage, provider, options.tenants);
await provider.stop();
const writesEach = Math.round(cost.traffic.writes.length / cost.tenants);
const floor = await writePlainly(stage.ground.onboarding, { objects: cost.tenants, writesEach });

print(
  `${cost.tenants} tenants, created at once`,
  [
    ...speed(cost),
    { name: "plain writes, as many", value: floor.elapsedMs / 1000, unit: "s" },
    { name: "until all are Ready, in times that", value: cost.elapsedMs / floor.elapsedMs, unit: "" },
    { name: "CPU of plain writes, per tenant", value: floor.cpuMs / cost.tenants, unit: "ms" },
    { name: "CPU of the provider, in times that", value: cost.cpuMs / floor.cpuMs, unit: "" },
    ...memory(cost),
  ],
  options,
);

async function measure(on: Stage, { cpuMs, memory: held }: InspectedProvider, tenants: number): Promise<Cost> {
  using watch = new OcmWatch(on.onboarding);
  await installTenants(on, watch, await orderControlPlanes(on, WARM_UP));
  const planes = await orderControlPlanes(on, tenants);
  const traffic = new ProviderTraffic(on.ground, [on.ground.platform, on.ground.onboarding]);
  await atRest(on, WARM_UP);

  const before = await held();
  await traffic.reset();
  const cpuBeforeMs = await cpuMs();
  const groundBefore = { cpu: process.cpuUsage(), loop: performance.eventLoopUtilization() };
  const startMs = performance.now();
  await installTenants(on, watch, planes);
  const elapsedMs = performance.now() - startMs;
  const ground = process.cpuUsage(groundBefore.cpu);
  const groundBusy = performance.eventLoopUtilization(groundBefore.loop).utilization;
  await atRest(on, WARM_UP + tenants);
  return {
    tenants,
    elapsedMs,
    cpuMs: (await cpuMs()) - cpuBeforeMs,
    groundCpuMs: (ground.user + ground.system) / 1000,
    groundBusy,
    traffic: await traffic.read(),
    before,
    after: await held(),
  };
}

// The provider counts its tenants when nothing has changed for a while.
async function atRest({ platform }: Stage, tenants: number): Promise<void> {
  await awaitTenants(platform, { total: tenants, ready: tenants, failing: 0 });
}

function speed({ tenants, elapsedMs, cpuMs, groundCpuMs, groundBusy, traffic }: Cost): readonly Figure[] {
  return [
    { name: "until all are Ready", value: elapsedMs / 1000, unit: "s" },
    { name: "speed", value: tenants / (elapsedMs / 1000), unit: "tenants/s" },
    { name: "API servers, platform and Flux were busy", value: 100 * groundBusy, unit: "%" },
    { name: "writes per tenant", value: traffic.writes.length / tenants, unit: "requests" },
    { name: "reads per tenant", value: traffic.reads.length / tenants, unit: "requests" },
    { name: "CPU of API servers, platform and Flux, per tenant", value: groundCpuMs / tenants, unit: "ms" },
    { name: "CPU of the provider, per tenant", value: cpuMs / tenants, unit: "ms" },
  ];
}

function memory({ tenants, before, after }: Cost): readonly Figure[] {
  const growth = (key: keyof HeldMemory): number => ((after[key] - before[key]) * 1000) / tenants / MEGABYTE;
  return [
    { name: `resident memory with ${WARM_UP} tenants`, value: before.residentBytes / MEGABYTE, unit: "MB" },
    { name: `resident memory with ${WARM_UP + tenants} tenants`, value: after.residentBytes / MEGABYTE, unit: "MB" },
    { name: "resident memory per 1,000 tenants", value: growth("residentBytes"), unit: "MB" },
    { name: "live objects per 1,000 tenants", value: growth("liveBytes"), unit: "MB" },
  ];
}
