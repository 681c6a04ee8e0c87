import type { KubeObject } from "../../kube/object.ts";

/**
 * Takes the objects of one namespace after the other from pages that an API server has sent.
 *
 * An API server sends its objects in the order of their keys, in which the name of the namespace ends with `/`: objects of
 * `a-b` come before those of `a`. Nothing but the present page is held, and the next one, which is asked for meanwhile.
 */
export class NamespaceReader<T extends KubeObject> {
  readonly #pages: AsyncIterator<readonly T[], unknown>;
  #coming: Promise<IteratorResult<readonly T[], unknown>> | undefined;
  readonly #what: string;
  #page: readonly T[] = [];
  #next = 0;
  #last = "";

  /** `what` names the objects in messages. */
  constructor(what: string, pages: AsyncIterable<readonly T[]>) {
    this.#what = what;
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** Returns the objects of a namespace, and passes over those before. Namespaces are asked for in `byNamespace` order. */
  async take(namespace: string): Promise<readonly T[]> {
    const taken: T[] = [];
    for (let object = await this.#peek(); object !== undefined; object = await this.#peek()) {
      const order = byNamespace(object.metadata.namespace ?? "", namespace);
      if (order > 0) {
        break;
      }
      if (order === 0) {
        taken.push(object);
      }
      this.#next += 1;
    }
    return taken;
  }

  async #peek(): Promise<T | undefined> {
    while (this.#next >= this.#page.length) {
      const next = await (this.#coming ?? this.#pages.next());
      if (next.done === true) {
        this.#coming = Promise.resolve(next);
        return undefined;
      }
      this.#coming = this.#pages.next();
      // Whoever takes the next object is told of a failure.
      this.#coming.catch(() => undefined);
      this.#page = next.value;
      this.#next = 0;
      this.#page.forEach((object) => this.#check(object.metadata.namespace ?? ""));
    }
    return this.#page[this.#next];
  }

  #check(namespace: string): void {
    if (byNamespace(this.#last, namespace) > 0) {
      throw new Error(
        `expected the API server to list ${this.#what} by their namespaces, found "${namespace}" after "${this.#last}"`,
      );
    }
    this.#last = namespace;
  }
}

/** Compares namespaces as an API server orders the objects in them. */
export function byNamespace(one: string, other: string): number {
  const [left, right] = [`${one}/`, `${other}/`];
  return left < right ? -1 : Number(left > right);
}
