import { differences, dump, type Dump } from "./dump.ts";
import { playBefore, playLife } from "./lives.ts";
import { OCMS } from "./groups.ts";
import { plant } from "./plant.ts";
import { type Handles, prepareFaults } from "./play-faults.ts";
import { Rules } from "./rules.ts";
import type { LifeLength, Schedule } from "./schedule.ts";
import type { Stage } from "./stage.ts";
import { TENANTS } from "./tenants.ts";

/** How a run ended. */
export type RunResult = {
  readonly violations: readonly string[];
  readonly end: Dump;
  /** From the end of the last fault, or of the life, until everything was as it should be. */
  readonly convergenceMs: number;
  /** Of the life, without what came after it. */
  readonly length: LifeLength;
};

/** How long what may take, in the time of the stage. */
export type Patience = {
  readonly lifeMs: number;
  readonly convergenceMs: number;
  /** Until nobody writes any more: a count of tenants and a retry of an earlier failure may come late. */
  readonly lateMs: number;
  /** For how long nobody writes when nobody writes any more. */
  readonly quietMs: number;
};

const LOOK_AGAIN_MS = [0, 200, 500, 1000, 2000, 5000, 10_000, 30_000];

/** Plays a life with faults on a stage; `reference` is how it has to end. */
export async function playSchedule(
  stage: Stage,
  { life, faults }: Pick<Schedule, "life" | "faults">,
  {
    handles,
    patience,
    reference,
  }: { readonly handles: Handles; readonly patience: Patience; readonly reference?: Dump | undefined },
): Promise<RunResult> {
  const rules = new Rules(stage, Object.values(TENANTS), faults);
  try {
    await plant(stage, rules);
    await liveUntilBroken(playBefore(life, stage), { stage, rules, patience });
    const startMs = stage.clock.now();
    const played = prepareFaults(faults, stage, handles);
    stage.begin();
    await liveUntilBroken(playLife(life, stage), { stage, rules, patience });
    stage.isOver = true;
    const length = { requests: stage.requests, ms: stage.clock.now() - startMs };
    await stage.pass(Math.max(0, played.endMs - stage.clock.now()));
    await played.over;
    const isWhole = rules.violations.length === 0;
    const convergenceMs = await converge({ stage, rules, patience }, reference);
    await rules.checkSecrecy();
    if (isWhole) {
      rules.checkEnd(await stage.look());
    }
    return { violations: rules.violations, end: dump(await stage.look()), convergenceMs, length };
  } catch (error) {
    stage.isOver = true;
    rules.broken(
      `the life does not come to its end: ${String(error instanceof Error ? error.message : error)} ${statuses(stage)}`,
    );
    return {
      violations: rules.violations,
      end: dump(stage.ground.clusters),
      convergenceMs: Number.NaN,
      length: { requests: 0, ms: 0 },
    };
  }
}

type Run = { readonly stage: Stage; readonly rules: Rules; readonly patience: Patience };

/** A broken rule ends a life: what comes after it tells nothing. */
async function liveUntilBroken(life: Promise<void>, { stage, rules, patience }: Run): Promise<void> {
  const over = new AbortController();
  const end = life.finally(() => over.abort());
  end.catch(() => undefined);
  await stage.passUntil(() => over.signal.aborted || rules.violations.length > 0, patience.lifeMs);
  if (over.signal.aborted) {
    await end;
  }
}

/** Lets time pass until the end is as expected, and then looks whether it stays so and nobody writes any more. */
async function converge(run: Run, reference: Dump | undefined): Promise<number> {
  const { stage, rules, patience } = run;
  if (rules.violations.length > 0) {
    return Number.NaN;
  }
  const startMs = stage.clock.now();
  if (reference === undefined) {
    await stage.pass(patience.quietMs);
  } else {
    const left = await untilEqual(run, reference);
    left.forEach((difference) => rules.broken(difference));
    if (left.length > 0) {
      return Number.NaN;
    }
  }
  const convergenceMs = stage.clock.now() - startMs;
  await untilQuiet(run);
  const after = reference === undefined ? [] : differences(dump(await stage.look()), reference);
  after.forEach((difference) => rules.broken(`afterwards ${difference}`));
  return convergenceMs;
}

/** Lets time pass until everything is as in the reference; returns what still is not when the time is up. */
async function untilEqual({ stage, rules, patience }: Run, reference: Dump): Promise<readonly string[]> {
  const endMs = stage.clock.now() + patience.convergenceMs;
  let left = differences(dump(await stage.look()), reference);
  for (let look = 0; left.length > 0 && stage.clock.now() < endMs; look += 1) {
    await stage.pass(LOOK_AGAIN_MS[Math.min(look, LOOK_AGAIN_MS.length - 1)] ?? 0);
    left = differences(dump(await stage.look()), reference);
    rules.checkWaits();
  }
  return left;
}

async function untilQuiet({ stage, rules, patience }: Run): Promise<void> {
  const endMs = stage.clock.now() + patience.lateMs;
  do {
    rules.writes = [];
    await stage.pass(patience.quietMs);
  } while (rules.writes.length > 0 && stage.clock.now() < endMs);
  rules.writes.forEach((write) => rules.broken(`written while nothing happens: ${write}`));
}

function statuses({ ground }: Stage): string {
  const { api } = ground.clusters.get("onboarding") ?? {};
  const ocms = OCMS.flatMap((collection) => api?.objects(collection) ?? []);
  return JSON.stringify(
    ocms.map(({ apiVersion, metadata, ["status"]: status }) => [
      apiVersion,
      metadata.namespace,
      metadata.deletionTimestamp,
      status,
    ]),
  );
}
