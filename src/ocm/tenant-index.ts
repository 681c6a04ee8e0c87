import { tenantNamespace } from "../openmcp/platform/names.ts";
import { keyOf } from "../runtime/key.ts";
import type { Store } from "../runtime/store.ts";
import type { OCM } from "./api/objects.ts";

/**
 * Finds the OCM object to which a tenant namespace belongs.
 *
 * The namespace's name is a hash and the labels of long names are shortened, so neither can be read backwards.
 */
export class TenantIndex {
  readonly #keys = new Map<string, string>();

  constructor(store: Store<OCM>) {
    store.onChange(({ key, current, previous }) => {
      const known = current ?? previous;
      if (known === undefined) {
        return;
      }
      const namespace = tenantNamespace(known.metadata.name, known.metadata.namespace ?? "");
      if (current === undefined) {
        this.#keys.delete(namespace);
      } else {
        this.#keys.set(namespace, key);
      }
    });
    for (const object of store.list()) {
      this.#keys.set(tenantNamespace(object.metadata.name, object.metadata.namespace ?? ""), keyOf(object));
    }
  }

  /** Key of the OCM object of a tenant namespace, if there is one. */
  keyOf(namespace: string | undefined): string | undefined {
    return namespace === undefined ? undefined : this.#keys.get(namespace);
  }
}
