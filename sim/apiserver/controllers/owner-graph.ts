import type { Obj, OwnerReference } from "../../object.ts";
import { keyOf } from "../storage/collection.ts";
import type { StoredChange } from "../storage/storage.ts";

/** Where an object is. */
export type Place = { readonly collection: string; readonly key: string };

/** Who exists and who is owned by whom, by UID. Kept up by every change of the storage. */
export class OwnerGraph {
  readonly #places = new Map<string, Place>();
  readonly #dependents = new Map<string, Map<string, Place>>();

  /** Takes a change in. */
  observe({ collection, change }: StoredChange): void {
    const place = { collection, key: keyOf(change.object) };
    if (change.previous !== undefined) {
      this.#forget(place, change.previous);
    }
    if (change.type !== "DELETED") {
      this.#remember(place, change.object);
    }
  }

  /** Where the object with this UID is, or `undefined` when there is none. */
  placeOf(uid: string): Place | undefined {
    return this.#places.get(uid);
  }

  /** Objects that name `uid` as an owner, in the order they did so. */
  dependentsOf(uid: string): readonly Place[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])];
  }

  #remember(place: Place, object: Obj): void {
    if (object.metadata.uid !== undefined) {
      this.#places.set(object.metadata.uid, place);
    }
    for (const { uid } of ownersOf(object)) {
      const dependents = this.#dependents.get(uid) ?? new Map<string, Place>();
      dependents.set(textOf(place), place);
      this.#dependents.set(uid, dependents);
    }
  }

  #forget(place: Place, object: Obj): void {
    if (object.metadata.uid !== undefined) {
      this.#places.delete(object.metadata.uid);
    }
    for (const { uid } of ownersOf(object)) {
      const dependents = this.#dependents.get(uid);
      dependents?.delete(textOf(place));
      if (dependents?.size === 0) {
        this.#dependents.delete(uid);
      }
    }
  }
}

/** Owner references of an object, none when there are none. */
export function ownersOf(object: Obj): readonly OwnerReference[] {
  return object.metadata.ownerReferences ?? [];
}

function textOf({ collection, key }: Place): string {
  return `${collection}|${key}`;
}
