import { describe, it } from "node:test";

import { crashAt } from "../support/crash-at.ts";
import { playLife } from "../support/simulated-life.ts";
import { SimulatedWorld } from "../support/simulated-world.ts";

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
