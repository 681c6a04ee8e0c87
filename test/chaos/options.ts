import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

/** What `npm run chaos` was asked for. */
export type ChaosOptions = {
  /** Seeds are counted from this one. */
  readonly from: number;
  readonly count: number;
  /** Stops earlier when the time is up. */
  readonly minutes: number;
  readonly workers: number;
  /** On real clusters instead of simulated ones. */
  readonly isReal: boolean;
};

const COUNT = 20_000;

/** Reads the words after `npm run chaos --`. `--seed N` alone means exactly that one. */
export function parseOptions(argv: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: "string" },
      count: { type: "string" },
      minutes: { type: "string" },
      real: { type: "boolean" },
    },
  });
  const count = values.count ?? (values.seed === undefined ? String(COUNT) : "1");
  return {
    from: numberOf("--seed", values.seed ?? "1"),
    count: numberOf("--count", count),
    minutes: values.minutes === undefined ? Infinity : numberOf("--minutes", values.minutes),
    isReal: values.real ?? false,
    workers: Math.min(availableParallelism(), Number(count)),
  };
}

function numberOf(name: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) {
    throw new Error(`${name}: expected a number, found "${text}"`);
  }
  return Number(text);
}
