import type { PlatformWorld } from "./platform-world.ts";

/** Registers the tests of one life; the world is there when they run. */
export type LifeOf = (world: () => PlatformWorld) => void;
