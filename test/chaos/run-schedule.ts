import type { Metrics } from "../../src/runtime/metrics.ts";
import type { Bug } from "./bugs.ts";
import { differences, dump, type Dump } from "./dump.ts";
import { slow } from "./interfere.ts";
import { playLife, TENANTS } from "./lives.ts";
import { plant } from "./plant.ts";
import { prepareFaults } from "./play-faults.ts";
import { Rules } from "./rules.ts";
import { simulatedHandles } from "./simulated-handles.ts";
import type { LifeLength, Schedule } from "./schedule.ts";
import { World } from "./world.ts";

/** What a run works with. */
export type RunOptions = {
  readonly metrics: Metrics;
  /** A deliberate mistake, to see whether it is found. */
  readonly bug?: Bug;
};

/** How a run ended. */
export type RunResult = {
  readonly violations: readonly string[];
  readonly end: Dump;
  /** From the end of the last fault, or of the life, until everything was as it should be. */
  readonly convergenceMs: number;
  /** Of the life, without what came after it. */
  readonly length: LifeLength;
};

const LONGEST_LIFE_MS = 3_600_000;
const CONVERGENCE_MS = 20 * 60_000;
const LATE_MS = 60_000;
const QUIET_MS = 130_000;
const LOOK_AGAIN_MS = [0, 200, 500, 1000, 2000, 5000, 10_000, 30_000];

/** Plays a life with faults; `reference` is how it has to end. */
export async function runSchedule(schedule: Schedule, options: RunOptions, reference?: Dump): Promise<RunResult> {
  const { metrics, bug } = options;
  const world = await World.start({ ...schedule, metrics, work: bug?.work });
  const rules = new Rules(world, Object.values(TENANTS));
  try {
    await plant(world, rules);
    if (bug?.interference !== undefined) {
      world.interferences.push(bug.interference);
    }
    const startMs = world.clock.now();
    if (schedule.latencyMs > 0) {
      world.interferences.push(slow(schedule.latencyMs, world));
    }
    const faults = prepareFaults(schedule.faults, world, simulatedHandles(world));
    world.providers.forEach((provider) => provider.start());
    await liveUntilBroken(playLife(schedule.life, world), world, rules);
    world.isOver = true;
    const length = { requests: world.requests, ms: world.clock.now() - startMs };
    await world.clock.advance(Math.max(0, faults.endMs - world.clock.now()));
    const convergenceMs = await converge(world, rules, reference);
    await rules.checkSecrecy(await metrics.text());
    return { violations: rules.violations, end: dump(world.ground.clusters), convergenceMs, length };
  } catch (error) {
    rules.broken(
      `the life does not come to its end: ${String(error instanceof Error ? error.message : error)} ${statuses(world)}`,
    );
    return {
      violations: rules.violations,
      end: dump(world.ground.clusters),
      convergenceMs: Number.NaN,
      length: { requests: 0, ms: 0 },
    };
  } finally {
    await world.stop();
  }
}

/** A broken rule ends a life: what comes after it tells nothing. */
async function liveUntilBroken(life: Promise<void>, { clock }: World, rules: Rules): Promise<void> {
  const over = new AbortController();
  const end = life.finally(() => over.abort());
  end.catch(() => undefined);
  await clock.runUntil(() => over.signal.aborted || rules.violations.length > 0, { limitMs: LONGEST_LIFE_MS });
  if (over.signal.aborted) {
    await end;
  }
}

/** Lets time pass until the end is as expected, and then looks whether it stays so and nobody writes any more. */
async function converge(world: World, rules: Rules, reference: Dump | undefined): Promise<number> {
  const { clock } = world;
  if (rules.violations.length > 0) {
    return Number.NaN;
  }
  const startMs = clock.now();
  if (reference === undefined) {
    await clock.advance(QUIET_MS);
  } else {
    const left = await untilEqual(world, reference);
    left.forEach((difference) => rules.broken(difference));
    if (left.length > 0) {
      return Number.NaN;
    }
  }
  const convergenceMs = clock.now() - startMs;
  // A count of tenants and a retry of an earlier failure may come late.
  await clock.advance(LATE_MS);
  rules.writes = [];
  await clock.advance(QUIET_MS);
  rules.writes.forEach((write) => rules.broken(`written while nothing happens: ${write}`));
  const after = reference === undefined ? [] : differences(dump(world.ground.clusters), reference);
  after.forEach((difference) => rules.broken(`afterwards ${difference}`));
  return convergenceMs;
}

/** Lets time pass until everything is as in the reference; returns what still is not when the time is up. */
async function untilEqual(world: World, reference: Dump): Promise<readonly string[]> {
  const { clock } = world;
  const endMs = clock.now() + CONVERGENCE_MS;
  let left = differences(dump(world.ground.clusters), reference);
  for (let look = 0; left.length > 0 && clock.now() < endMs; look += 1) {
    await clock.advance(LOOK_AGAIN_MS[Math.min(look, LOOK_AGAIN_MS.length - 1)] ?? 0);
    left = differences(dump(world.ground.clusters), reference);
  }
  return left;
}

function statuses(world: World): string {
  return JSON.stringify(
    world.ground.onboarding.api
      .objects("ocms.ocm.services.openmcp.cloud")
      .map(({ metadata, ["status"]: status }) => [metadata.namespace, metadata.deletionTimestamp, status]),
  );
}
