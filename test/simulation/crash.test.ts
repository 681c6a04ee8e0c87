import { describe, it } from "node:test";

import { playLife } from "../support/simulated-life.ts";
import { never, SimulatedWorld, type Intercept } from "../support/simulated-world.ts";

/** Crashes the provider at its n-th request, before or after the server has seen it, and starts it again. */
function crashAt(number: number, moment: "before" | "after"): Intercept {
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

async function requestsOfLife(): Promise<number> {
  let requests = 0;
  const world = await SimulatedWorld.start(1, ({ number, send }) => {
    requests = number;
    return send();
  });
  await playLife(world);
  await world.stop();
  return requests;
}

// Every n-th request and not each: the quick suite has to stay quick.
const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 9);

describe("a crash", async () => {
  const requests = await requestsOfLife();
  for (const moment of ["before", "after"] as const) {
    for (let number = 1 + (moment === "after" ? 4 : 0); number <= requests; number += STRIDE) {
      it(`${moment} request ${number} is reached by the server leaves nothing behind`, async () => {
        const world = await SimulatedWorld.start(1, crashAt(number, moment));
        await playLife(world);
        await world.stop();
      });
    }
  }
});
