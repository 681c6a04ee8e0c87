import type { KubeObject } from "../../kube/object.ts";
import { tenantNamespace } from "../platform/names.ts";
import type { Served } from "./served.ts";

/**
 * Finds the object to which a tenant namespace belongs.
 *
 * The namespace's name is a hash and the labels of long names are shortened, so neither can be read backwards.
 */
export class TenantIndex<T extends KubeObject> {
  readonly #keys = new Map<string, string>();
  readonly #namespaces = new Map<string, string>();

  constructor(objects: Served<T>) {
    objects.onChange(({ key, current, previous }) => {
      const { metadata } = current ?? previous ?? {};
      if (metadata === undefined) {
        return;
      }
      const namespace = tenantNamespace(metadata.name, metadata.namespace ?? "");
      if (objects.get(key) === undefined) {
        this.#keys.delete(namespace);
        this.#namespaces.delete(key);
      } else {
        this.#keys.set(namespace, key);
        this.#namespaces.set(key, namespace);
      }
    });
  }

  /** Key of the object of a tenant namespace, if there is one. */
  keyOf(namespace: string | undefined): string | undefined {
    return namespace === undefined ? undefined : this.#keys.get(namespace);
  }

  /** The tenant namespace of the object of a key, if there is one. */
  namespaceOf(key: string): string | undefined {
    return this.#namespaces.get(key);
  }
}
