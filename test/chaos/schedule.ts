import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import type { ClusterKind, Component, Fault, Window } from "./faults.ts";
import { LIVES, type LifeName } from "./lives.ts";
import { GROUPS } from "./groups.ts";

/** Under which name runs are counted. */
export type FaultClass =
  | "crash"
  | "refused"
  | "lost"
  | "watch"
  | "late watch"
  | "mute"
  | "forbidden"
  | "lag"
  | "slow"
  | "components"
  | "two leaders"
  | "clock"
  | "meddling"
  | "mixed";

/** Everything that a run is made of. */
export type Schedule = {
  readonly seed: number;
  readonly life: LifeName;
  readonly faultClass: FaultClass;
  readonly faults: readonly Fault[];
  /** How many providers run; with two they elect a leader. */
  readonly replicas: 1 | 2;
  /** Whether they share the tenants instead, of which each serves those of its shard. */
  readonly isSharded?: boolean;
  /** How long a request, and its answer, take at most. */
  readonly latencyMs: number;
  /** How long after its answer a write shows in the watches of API servers; absent for as long as they take. */
  readonly watchDelayMs?: number;
  /** Whether Flux takes the time that it was seen to take, or next to none. */
  readonly tempo: "fast" | "recorded";
};

/** The schedule in which nothing goes wrong, and nothing takes longer than it must. */
export function undisturbed(life: LifeName, seed: number): Schedule {
  return { seed, life, faultClass: "mixed", faults: [], replicas: 1, latencyMs: 0, tempo: "fast" };
}

/** How long a life is when nothing goes wrong. */
export type LifeLength = { readonly requests: number; readonly ms: number };

type Dice = {
  readonly number: (below: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  readonly length: LifeLength;
  readonly choice: Choice;
  readonly life: LifeName;
};

const KINDS: readonly ClusterKind[] = ["platform", "onboarding", "mcp"];
const SHARES: readonly number[] = [1, 1, 0.5, 0.2];

const CRASHED: readonly LifeName[] = ["whole", "planeGoes", "secrets", "migrate", "back"];

/** No such life has more requests of the provider. */
const MOST_REQUESTS = 120;

/** Up to this seed, each seed is one place of such a life for a crash: before or after one request is served. */
export const LAST_CRASH_SEED: number = CRASHED.length * 2 * MOST_REQUESTS;

/** Every class. */
export const CLASSES: readonly FaultClass[] = [
  "crash",
  "refused",
  "lost",
  "watch",
  "late watch",
  "mute",
  "forbidden",
  "lag",
  "slow",
  "components",
  "two leaders",
  "clock",
  "meddling",
  "mixed",
];

/** What the provider lists or watches. */
const FORBIDDABLE: readonly { readonly on: ClusterKind; readonly resource: string; readonly group?: string }[] = [
  ...["secrets", "accessrequests", "clusterrequests", "ocirepositories", "helmreleases", "providerconfigs"].map(
    (resource) => ({ on: "platform", resource }) as const,
  ),
  { on: "onboarding", resource: "ocms" },
  ...GROUPS.flatMap((group) => [
    { on: "onboarding", resource: "ocms", group } as const,
    { on: "platform", resource: "providerconfigs", group } as const,
  ]),
  ...["repositories", "components", "secrets"].map((resource) => ({ on: "mcp", resource }) as const),
];

/** What can be stopped in a simulated world. */
export const COMPONENTS: readonly Component[] = [
  "platform API server",
  "onboarding API server",
  "mcp API server",
  "platform operator",
  "source-controller",
  "helm-controller",
  "registry",
];

const EVERYTHING: Choice = {
  lives: LIVES,
  classes: CLASSES,
  components: COMPONENTS,
  late: ["source-controller"],
  tempos: ["fast", "fast", "recorded"],
};

/** What a schedule is drawn from. */
export type Choice = {
  readonly lives: readonly LifeName[];
  readonly classes: readonly FaultClass[];
  readonly components: readonly Component[];
  /** What can be made to hear late of what it watches. */
  readonly late: readonly Component[];
  readonly tempos: readonly Schedule["tempo"][];
};

/** Which life a seed stands for; `lives` are those to choose from. */
export function lifeOf(seed: number, lives?: readonly LifeName[]): LifeName {
  return lives === undefined && seed <= LAST_CRASH_SEED
    ? crashedLifeOf(seed)
    : drawLife(seed, { lives: lives ?? LIVES });
}

/** Which life is drawn with a seed. */
export function drawLife(seed: number, { lives }: Pick<Choice, "lives">): LifeName {
  return pickerOf(seededRandom(seed)).pick(lives);
}

/** What a run with this seed is made of: the same seed, the same schedule. `length` is that of the seed's life. */
export function scheduleOf(seed: number, length: LifeLength, lives?: readonly LifeName[]): Schedule {
  return lives === undefined && seed <= LAST_CRASH_SEED
    ? crashScheduleOf(seed)
    : drawSchedule(seed, length, { ...EVERYTHING, lives: lives ?? LIVES });
}

function crashedLifeOf(seed: number): LifeName {
  return CRASHED[seed % CRASHED.length] ?? "whole";
}

function crashScheduleOf(seed: number): Schedule {
  const place = Math.floor((seed - 1) / CRASHED.length);
  const at = 1 + Math.floor(place / 2);
  const crash = { do: "crash", at, moment: place % 2 === 0 ? "before" : "after", downMs: 0 } as const;
  const life = crashedLifeOf(seed);
  return { ...undisturbed(life, seed), faultClass: "crash", faults: [crash] };
}

/** What is drawn with a seed; `length` is that of the life that is drawn. */
export function drawSchedule(seed: number, length: LifeLength, choice: Choice): Schedule {
  const picker = pickerOf(seededRandom(seed));
  const life = picker.pick(choice.lives);
  const dice = { ...picker, length, choice, life };
  const faultClass = dice.pick(choice.classes);
  const tempo = dice.pick(choice.tempos);
  const slower = { ...dice, length: { ...length, ms: tempo === "fast" ? length.ms : length.ms * 10 } };
  return {
    seed,
    life,
    faultClass,
    faults: faultsOf(faultClass, slower),
    replicas: replicasFor(faultClass, dice),
    latencyMs: dice.pick([0, 2, 10, 50]),
    tempo,
    ...(faultClass === "late watch" && { watchDelayMs: dice.pick([0, 5, 200, 1000, 5000]) }),
  };
}

/** The same schedule with two shards, between which the tenants move; at the end all of them belong to the first. */
export function sharded(schedule: Schedule, { ms }: LifeLength): Schedule {
  const { number, pick } = pickerOf(seededRandom(schedule.seed));
  const lengthMs = schedule.tempo === "fast" ? ms : ms * 10;
  const times = Array.from({ length: 1 + number(4) }, () => number(lengthMs)).toSorted((one, other) => one - other);
  const moves = times.map((atMs, index) => {
    const to = index === 0 ? SHARDS[1] : pick([SHARDS[0], SHARDS[1], null]);
    return { do: "move", to, atMs } as const;
  });
  const back = { do: "move", to: null, atMs: lengthMs + number(10_000) } as const;
  return { ...schedule, replicas: 2, isSharded: true, faults: [...schedule.faults, ...moves, back] };
}

/** Keys of the shards, of which the first also has the tenants without a key. */
export const SHARDS: readonly [string, string] = ["a", "b"];

function pickerOf(random: () => number): Pick<Dice, "number" | "pick"> {
  const number = (below: number): number => Math.floor(random() * below);
  return {
    number,
    pick: (from) => {
      const picked = from[number(from.length)];
      if (picked === undefined) {
        throw new Error("expected something to pick from");
      }
      return picked;
    },
  };
}

function replicasFor(faultClass: FaultClass, dice: Dice): 1 | 2 {
  if (faultClass === "two leaders") {
    return 2;
  }
  return (faultClass === "mixed" || faultClass === "clock") && dice.number(4) === 0 ? 2 : 1;
}

function faultsOf(faultClass: FaultClass, dice: Dice): readonly Fault[] {
  if (faultClass === "mixed") {
    const classes = dice.choice.classes.filter((one) => one !== "mixed" && one !== "two leaders");
    return Array.from({ length: 2 + dice.number(3) }, () => faultOf(dice.pick(classes), dice));
  }
  const first = faultOf(faultClass === "late watch" ? companionOf(faultClass, dice) : faultClass, dice);
  return dice.number(2) === 0 ? [first] : [first, faultOf(companionOf(faultClass, dice), dice)];
}

/** What makes a fault worse: an answer that is lost while the watch is late, a machine that is cut off and set back. */
function companionOf(faultClass: FaultClass, dice: Dice): FaultClass {
  switch (faultClass) {
    case "late watch":
      return dice.pick(
        (["lost", "crash", "meddling", "watch"] as const).filter((one) => dice.choice.classes.includes(one)),
      );
    case "lost":
    case "meddling":
      return dice.pick(["watch", faultClass]);
    case "two leaders":
      return dice.pick((["clock", "crash", "refused"] as const).filter((one) => dice.choice.classes.includes(one)));
    default:
      return faultClass;
  }
}

const makers: Readonly<Record<Exclude<FaultClass, "mixed" | "late watch">, (dice: Dice) => Fault>> = {
  crash: (dice) => ({
    do: "crash",
    at: 1 + dice.number(dice.length.requests),
    moment: dice.pick(["before", "after"]),
    downMs: dice.pick([0, 50, 2000, 20_000]),
  }),
  refused: (dice) => {
    const code = dice.pick([401, 403, 409, 429, 500, 503, 504, "certificate"] as const);
    const where = { on: dice.pick(KINDS), window: windowOf(dice) };
    return code === "certificate"
      ? { do: "distrust", ...where }
      : { do: "refuse", code, share: dice.pick(SHARES), ...where };
  },
  lost: (dice) => ({
    do: "lose",
    what: dice.pick(["request", "answer", "answer"]),
    how: dice.pick(["reset", "silence"]),
    on: dice.pick(KINDS),
    share: dice.pick(SHARES),
    window: windowOf(dice),
  }),
  watch: (dice) => {
    const on = dice.pick(KINDS);
    return {
      do: "watch",
      what: dice.pick(["delay", "delay", "drop", "duplicate", "forget"]),
      on,
      share: dice.pick(SHARES),
      window: windowOf(dice),
      delayMs: dice.pick([10, 100, 1000, 10_000]),
      ...(on === "onboarding" && dice.number(2) === 0 && { group: dice.pick(GROUPS) }),
    };
  },
  mute: (dice) => ({
    do: "mute",
    on: "mcp",
    window: { fromMs: dice.number(dice.length.ms), forMs: dice.pick([20_000, 120_000, 600_000]) },
  }),
  forbidden: (dice) => ({
    do: "forbid",
    verb: dice.pick(["list", "watch"]),
    ...dice.pick(FORBIDDABLE),
    window: { fromMs: dice.number(dice.length.ms), forMs: dice.pick([2000, 30_000, 300_000]) },
  }),
  lag: (dice) => ({
    do: "lag",
    // What is counted on a control plane is asked for without a resource version: the API promises the newest state.
    on: dice.pick(["platform", "onboarding"]),
    window: windowOf(dice),
    lagMs: dice.pick([20, 100, 500, 3000]),
  }),
  slow: (dice) => ({ do: "slow", window: { fromMs: 0, forMs: 60_000 }, upToMs: dice.pick([3, 20, 200]) }),
  components: (dice) => {
    const window = windowOf(dice);
    const [late, isLate] = [dice.choice.late, dice.number(5) === 0];
    return isLate && late.length > 0
      ? { do: "behind", component: dice.pick(late), window, byMs: dice.pick([5, 50, 500]) }
      : { do: "stop", component: dice.pick(dice.choice.components), window };
  },
  "two leaders": (dice) =>
    leaderTrouble({ fromMs: dice.number(dice.length.ms), forMs: dice.pick([500, 12_000, 16_000, 40_000]) }, dice),
  clock: (dice) => ({
    do: "jump",
    atMs: dice.number(dice.length.ms),
    byMs: dice.pick([-3_600_000, -5000, 5000, 3_600_000]),
  }),
  meddling: (dice) => ({
    do: "meddle",
    // What a removal does not need it does not make anew, and one that is blocked has another end without.
    with: dice.pick(dice.life === "blocked" ? ["AccessRequest"] : ["AccessRequest", "OCIRepository", "pull secret"]),
    atMs: dice.number(dice.length.ms),
  }),
};

function faultOf(faultClass: FaultClass, dice: Dice): Fault {
  return makers[faultClass === "mixed" || faultClass === "late watch" ? "watch" : faultClass](dice);
}

function leaderTrouble(window: Window, dice: Dice): Fault {
  return dice.number(2) === 0
    ? { do: "pause", window }
    : { do: "partition", from: dice.pick(["platform", "everything"]), window };
}

function windowOf(dice: Dice): Window {
  return { fromMs: dice.number(dice.length.ms), forMs: dice.pick([50, 300, 2000, 15_000, 45_000]) };
}
