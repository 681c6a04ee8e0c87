import type { Obj } from "../sim/object.ts";

/** Where an object lives; of several control planes each has its name in it. */
export type Place = "onboarding" | "platform" | "control plane" | `control plane ${string}`;

/** An object and the place where it was seen. */
export type Sighting = { readonly place: Place; readonly object: Obj };

/** What happened to an object. */
export type SceneChange = Sighting & { readonly type: "applied" | "deleted" };

/** All that the sandbox's watches have seen, as it is now. */
export class Scene {
  readonly #sightings = new Map<string, Sighting>();
  readonly #listeners = new Set<(change: SceneChange) => void>();

  /** Takes in one change and tells the listeners. */
  take(change: SceneChange): void {
    const key = keyOf(change);
    if (change.type === "deleted" && !this.#sightings.delete(key)) {
      return;
    }
    if (change.type === "applied") {
      this.#sightings.set(key, change);
    }
    for (const listener of this.#listeners) {
      listener(change);
    }
  }

  /** Takes in the whole of one kind in one place: what is not in it any more counts as deleted. */
  takeAll(place: Place, kind: string, objects: readonly Obj[]): void {
    const present = new Set(objects.map((object) => keyOf({ place, object })));
    for (const [key, sighting] of this.#sightings) {
      if (sighting.place === place && sighting.object.kind === kind && !present.has(key)) {
        this.take({ ...sighting, type: "deleted" });
      }
    }
    for (const object of objects) {
      this.take({ type: "applied", place, object });
    }
  }

  /** Everything in one place, or everywhere. */
  list(place?: Place): readonly Sighting[] {
    return [...this.#sightings.values()].filter((sighting) => place === undefined || sighting.place === place);
  }

  /** The first object of a kind in one place, of a name when that is given. */
  find(place: Place, kind: string, name?: string): Obj | undefined {
    const isWanted = ({ kind: other, metadata }: Obj): boolean =>
      other === kind && (name === undefined || metadata.name === name);
    return this.list(place).find(({ object }) => isWanted(object))?.object;
  }

  /** Calls `listener` after each change until the returned function is called. */
  onChange(listener: (change: SceneChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Names a sighting: no two objects of a scene have the same key. */
export function keyOf({ place, object: { kind, metadata } }: Sighting): string {
  return [place, kind, metadata.namespace, metadata.name].join("/");
}
