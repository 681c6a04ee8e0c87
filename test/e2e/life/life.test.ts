import { after, before, describe } from "node:test";
import type { LifeOf } from "./life-of.ts";
import { type PlatformWorld, startPlatformWorld } from "./platform-world.ts";
import { wholeLife } from "./whole-life.ts";

// They disturb each other no more than tenants of one platform do, and mostly wait.
const SIDE_BY_SIDE: readonly LifeOf[] = [wholeLife];

describe("tenants of a platform that the real operator runs", { concurrency: true }, () => {
  let world: PlatformWorld | undefined;
  before(async () => {
    world = await startPlatformWorld();
  });
  after(() => world?.stop());

  const started = (): PlatformWorld => {
    if (world === undefined) {
      throw new Error("expected a platform that has been started");
    }
    return world;
  };
  for (const life of SIDE_BY_SIDE) {
    life(started);
  }
});
