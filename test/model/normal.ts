import type { Obj } from "../../sim/object.ts";
import { seenId } from "./server.ts";
import { things } from "./things.ts";
import {
  ACCESS_NAMES,
  ACCESSES,
  CACHED,
  idAt,
  indexOf,
  KIND_NAMES,
  type KindName,
  read,
  type World,
  withIds,
} from "./world.ts";

/**
 * Gives objects at rest the smallest generations, identities and tokens that say the same: whether two are equal is all
 * that anybody asks of them. While a pass is under way nothing is renamed, since the code remembers what it was answered.
 */
export function normal(world: World): World {
  if (idAt(world, "pass") !== 0) {
    return world;
  }
  const changes: (readonly [number, number])[] = [];
  for (const name of KIND_NAMES) {
    const seen = CACHED.includes(name) ? idAt(world, `seen ${name}`) : 0;
    if (idAt(world, name) === 0 && seen === 0) {
      continue;
    }
    const owner = OWNERS[name];
    const [stored, cached] =
      owner === undefined
        ? normalPair(name, idAt(world, name), seen)
        : [normalKubeconfig(idAt(world, name), owner, read(world, owner)?.metadata.uid), 0];
    changes.push([indexOf(name), stored]);
    if (CACHED.includes(name)) {
      changes.push([indexOf(`seen ${name}`), cached]);
    }
  }
  return withIds(world, changes);
}

/** Whose request each kubeconfig belongs to. */
const OWNERS: Partial<Readonly<Record<KindName, KindName>>> = Object.fromEntries(
  ACCESS_NAMES.map((name) => [ACCESSES[name].kubeconfig, name]),
);

const pairs = new Map<string, readonly [number, number]>();
const kubeconfigs = new Map<string, number>();

function normalPair(name: KindName, storedId: number, seen: number): readonly [number, number] {
  const key = `${name} ${storedId} ${seen}`;
  const known = pairs.get(key);
  if (known !== undefined) {
    return known;
  }
  const stored = things.at(storedId) as Obj | undefined;
  const cached = things.at(seen) as Obj | undefined;
  const isFresh = seen === seenId(name, storedId);
  const rename = renamer(name, stored, cached);
  const next = things.idOf(stored && rename(stored));
  const pair = [next, isFresh ? seenId(name, next) : things.idOf(cached && stale(rename(cached)))] as const;
  pairs.set(key, pair);
  return pair;
}

function normalKubeconfig(id: number, name: KindName, uid: string | undefined): number {
  const key = `${name} ${id} ${uid ?? ""}`;
  const known = kubeconfigs.get(key);
  if (known !== undefined) {
    return known;
  }
  const secret = things.at(id) as Obj | undefined;
  const owners = (secret?.metadata.ownerReferences ?? []).map((owner) => ({
    ...owner,
    uid: owner.uid === uid ? `${name}-0` : `${name}-earlier`,
  }));
  const next = things.idOf(secret && { ...secret, metadata: { ...secret.metadata, ownerReferences: owners } });
  kubeconfigs.set(key, next);
  return next;
}

// An object that has changed since has another version, whichever that was.
function stale(object: Obj): Obj {
  return { ...object, metadata: { ...object.metadata, resourceVersion: "stale" } };
}

const GENERATIONS: ReadonlySet<string> = new Set(["observedGeneration", "lastAttemptedGeneration"]);
const TOKENS: ReadonlySet<string> = new Set([
  "reconcile.fluxcd.io/requestedAt",
  "reconcile.fluxcd.io/resetAt",
  "lastHandledReconcileAt",
  "lastHandledResetAt",
]);

function renamer(name: KindName, ...objects: readonly (Obj | undefined)[]): (object: Obj) => Obj {
  const present = objects.filter((object) => object !== undefined);
  const uids = distinct(present.map(({ metadata }) => metadata.uid));
  const generations = distinct(present.map(({ metadata }) => metadata.generation ?? 0)).toSorted((a, b) => a - b);
  const tokens: string[] = [];
  const value = (field: string, found: unknown): unknown => {
    if (GENERATIONS.has(field) && typeof found === "number") {
      return found < 0 ? found : generations.indexOf(found) + 1;
    }
    if (TOKENS.has(field) && typeof found === "string") {
      tokens.push(...(tokens.includes(found) ? [] : [found]));
      return `token-${tokens.indexOf(found)}`;
    }
    return found;
  };
  return (object) => {
    const { uid, generation = 0 } = object.metadata;
    const next = mapped(object, value) as Obj;
    return {
      ...next,
      metadata: {
        ...next.metadata,
        uid: `${name}-${uids.indexOf(uid)}`,
        generation: generations.indexOf(generation) + 1,
      },
    };
  };
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

function mapped(value: unknown, change: (field: string, found: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => mapped(item, change));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([field, found]) => [
      field,
      typeof found === "object" ? mapped(found, change) : change(field, found),
    ]),
  );
}
