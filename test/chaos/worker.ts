import { createMetrics } from "../../src/runtime/metrics.ts";
import type { LifeName } from "./lives.ts";
import { References } from "./references.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";

/** What a worker is told. */
export type Order = {
  readonly seed: number;
  readonly lives?: readonly LifeName[];
  readonly isSharded?: boolean;
};

// Whoever asked may have been stopped meanwhile.
const send = (result: SeedResult): void => void process.send?.(result, () => undefined);
const clock = { now: (): number => 0, sleep: (): Promise<void> => Promise.resolve() };
const metrics = createMetrics({ clock });
const references = new References({ metrics });

process.on("message", ({ seed, ...order }: Order) => {
  void runSeed(seed, { references, metrics, ...order }).then(send);
});
process.on("disconnect", () => process.exit());
