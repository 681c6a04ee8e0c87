import { never, type Intercept, type SimulatedWorld } from "./simulated-world.ts";

type Meanwhile = (world: SimulatedWorld) => Promise<void>;

/**
 * Crashes the provider at its n-th request, before or after the server has seen it, and starts it again. `meanwhile`
 * happens before it starts.
 */
export function crashAt(number: number, moment: "before" | "after", meanwhile?: Meanwhile): Intercept {
  const crash = crashNow(moment, meanwhile);
  return (request, world) => (request.number === number ? crash(request, world) : request.send());
}

/** The same at a request that somebody else picks. */
export function crashNow(moment: "before" | "after", meanwhile?: Meanwhile): Intercept {
  return async (request, world) => {
    if (moment === "after") {
      await request.send();
    }
    world.crash();
    await meanwhile?.(world);
    world.startProvider();
    return never();
  };
}
