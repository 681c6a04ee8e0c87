import { things } from "./things.ts";
import { withObjectId } from "./requests.ts";
import { indexOf, KIND_NAMES, type KindName, type PlaceName, type World, withIds } from "./world.ts";

/** What somebody beside the provider can do now. */
export type Deed = {
  readonly what: string;
  /** Whether the adversary pays for it: without, it is what happens anyway. */
  readonly isFault?: boolean;
  /** Whether it never happens in the middle of a pass. */
  readonly isAtRest?: boolean;
  readonly to: Partial<Readonly<Record<PlaceName, unknown>>>;
};

/** Somebody beside the provider, who looks at some places of the world and changes some of them. */
export type Actor = {
  readonly name: string;
  readonly places: readonly PlaceName[];
  readonly deeds: (world: World) => readonly Deed[];
};

/** A deed with the numbers of what it leaves. */
export type KnownDeed = {
  readonly what: string;
  readonly isFault: boolean;
  readonly isAtRest: boolean;
  readonly to: readonly (readonly [PlaceName, number])[];
};

/** Makes a function that says what an actor can do: the same places, the same deeds. */
export function remembered({ places, deeds }: Actor): (world: World) => readonly KnownDeed[] {
  const known = new Map<string, readonly KnownDeed[]>();
  const indices = places.map(indexOf);
  return (world) => {
    const key = indices.map((index) => world[index]).join(" ");
    const before = known.get(key);
    if (before !== undefined) {
      return before;
    }
    const now = deeds(world).map(({ what, isFault = false, isAtRest = false, to }) => ({
      what,
      isFault,
      isAtRest,
      to: Object.entries(to).map(([name, value]) => [name as PlaceName, things.idOf(value)] as const),
    }));
    known.set(key, now);
    return now;
  };
}

const OBJECTS: ReadonlySet<string> = new Set(KIND_NAMES);

/** The world after a deed; watches tell of it, early or late. */
export function done(world: World, { to }: Pick<KnownDeed, "to">, isLate = false): World {
  let next = world;
  for (const [name, id] of to) {
    next = OBJECTS.has(name) ? withObjectId(next, name as KindName, id, isLate) : withIds(next, [[indexOf(name), id]]);
  }
  return next;
}
