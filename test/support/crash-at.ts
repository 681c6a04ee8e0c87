import { never, type Intercept } from "./simulated-world.ts";

/** Crashes the provider at its n-th request, before or after the server has seen it, and starts it again. */
export function crashAt(number: number, moment: "before" | "after"): Intercept {
  return async (request, world) => {
    if (request.number !== number) {
      return request.send();
    }
    if (moment === "after") {
      await request.send();
    }
    world.crash();
    world.startProvider();
    return never();
  };
}
