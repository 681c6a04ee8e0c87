import { createMetrics } from "../../src/runtime/metrics.ts";
import { References } from "./references.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";

/** What a worker is told. */
export type Order = { readonly seed: number };

// Whoever asked may have been stopped meanwhile.
const send = (result: SeedResult): void => void process.send?.(result, () => undefined);
const clock = { now: (): number => 0, sleep: (): Promise<void> => Promise.resolve() };
const metrics = createMetrics({ clock });
const references = new References({ metrics });

process.on("message", ({ seed }: Order) => {
  void runSeed(seed, { references, metrics }).then(send);
});
process.on("disconnect", () => process.exit());
