import { seededRandom } from "./seeded-random.ts";
import { type Simulation, type SimulationOptions, startSimulation } from "./simulation.ts";

/** What can be chosen about a ground without network. */
export type InProcessGroundOptions = Omit<SimulationOptions, "random"> & {
  /** The same seed, clock and calls make the same history. Default: 1. */
  readonly seed?: number;
};

/**
 * Starts a set of clusters in this process, reached through their `transport`s.
 *
 * It waits on `clock`: on a virtual one, start it as `clock.runUntil(startInProcessGround({ clock }))`.
 */
export function startInProcessGround({ seed = 1, ...options }: InProcessGroundOptions): Promise<Simulation> {
  let started = 0;
  return startSimulation({ ...options, random: seededRandom(seed) }, (_name, api) => {
    started += 1;
    return Promise.resolve({
      server: `https://cluster-${String(started)}.example.com`,
      caPem: "",
      transport: (request) => api.handle(request),
      close: () => Promise.resolve(),
    });
  });
}
