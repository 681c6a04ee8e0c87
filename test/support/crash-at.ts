import { never, type Intercept } from "./simulated-world.ts";

/** Crashes the provider at its n-th request, before or after the server has seen it, and starts it again. */
export function crashAt(number: number, moment: "before" | "after"): Intercept {
  const crash = crashNow(moment);
  return (request, world) => (request.number === number ? crash(request, world) : request.send());
}

/** The same at a request that somebody else picks. */
export function crashNow(moment: "before" | "after"): Intercept {
  return async (request, world) => {
    if (moment === "after") {
      await request.send();
    }
    world.crash();
    world.startProvider();
    return never();
  };
}
