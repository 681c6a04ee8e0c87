import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

import { HAND_OVER_LIVES, type LifeName, LIVES } from "./lives.ts";

/** What `npm run chaos` was asked for. */
export type ChaosOptions = {
  /** Seeds are counted from this one. */
  readonly from: number;
  readonly count: number;
  /** Stops earlier when the time is up. */
  readonly minutes: number;
  readonly workers: number;
  /** Only these lives; absent for all of them, of which the first seeds are crashes at each request. */
  readonly lives?: readonly LifeName[];
  /** With two processes that share the tenants, between which these move. */
  readonly isSharded: boolean;
  /** On real clusters instead of simulated ones. */
  readonly isReal: boolean;
};

const COUNT = 20_000;

/** What `npm run chaos` says about itself. */
export const usage: string = `Plays lives of tenants with faults, and looks whether all ends well and no rule is broken on the way.

Usage: npm run chaos [-- flags]

Flags:
  --seed N     play this schedule only, or begin with it where --count says how many there are (default 1)
  --count N    how many schedules (default ${COUNT}, or 1 with --seed)
  --minutes N  begin no further schedule when they are over
  --lives A,B  draw these lives only; handOver stands for all in which two objects ask for one installation
  --shards     with two processes that share the tenants, between which the tenants move at any moment
  --real       on real API servers, etcd, Flux and the platform's operator, one schedule after the other
  --help       print this text
`;

/** Reads the words after `npm run chaos --`; throws with a clear message where they ask for what there is not. */
export function parseOptions(argv: readonly string[]): ChaosOptions | "help" {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: "string" },
      count: { type: "string" },
      minutes: { type: "string" },
      lives: { type: "string" },
      shards: { type: "boolean", default: false },
      real: { type: "boolean", default: false },
      help: { type: "boolean", default: false, short: "h" },
    },
  });
  if (values.help) {
    return "help";
  }
  const count = wholeNumber("--count", values.count ?? (values.seed === undefined ? String(COUNT) : "1"));
  return {
    from: wholeNumber("--seed", values.seed ?? "1"),
    count,
    minutes: values.minutes === undefined ? Infinity : wholeNumber("--minutes", values.minutes),
    ...(values.lives !== undefined && { lives: livesIn(values.lives) }),
    isSharded: values.shards,
    isReal: values.real,
    workers: Math.min(availableParallelism(), count),
  };
}

function livesIn(text: string): readonly LifeName[] {
  const lives = text.split(",").flatMap((name) => (name === "handOver" ? HAND_OVER_LIVES : [name as LifeName]));
  const unknown = lives.find((name) => !LIVES.includes(name));
  if (unknown !== undefined) {
    throw new Error(`expected --lives to name lives, of ${LIVES.join(", ")}, found "${unknown}"`);
  }
  return lives;
}

function wholeNumber(flag: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/u.test(text)) {
    throw new Error(`expected ${flag} to be a whole number from 1 on, found "${text}"`);
  }
  return Number(text);
}
