import { listAt, textAt, valueAt } from "./value-at.ts";

/** A kind of objects, and the namespace they are in (absent: all of them, or cluster-scoped). */
export type KindRef = { readonly apiVersion: string; readonly kind: string; readonly namespace?: string | undefined };

/** One object. */
export type ObjRef = KindRef & { readonly name: string };

type Known = { readonly plural: string; readonly namespaced: boolean };

/** Discovery does not know the kind, or does not know it yet. */
export class UnknownKindError extends Error {
  override readonly name = "UnknownKindError";
}

/** Finds the URL paths of kinds through discovery, and remembers what it has found. */
export class ResourcePaths {
  readonly #known = new Map<string, Known>();
  readonly #discover: (path: string) => Promise<unknown>;

  /** `discover` fetches a discovery document. */
  constructor(discover: (path: string) => Promise<unknown>) {
    this.#discover = discover;
  }

  /** Path of a kind's collection, of one object when `name` is there, of its subresource when that is. */
  async pathOf(ref: KindRef & { readonly name?: string }, subresource?: string): Promise<string> {
    const { plural, namespaced } = await this.#find(ref);
    const parts = [
      ...(namespaced && ref.namespace !== undefined ? ["namespaces", ref.namespace] : []),
      plural,
      ...(ref.name === undefined ? [] : [ref.name]),
      ...(subresource === undefined ? [] : [subresource]),
    ];
    return `${root(ref.apiVersion)}/${parts.map(encodeURIComponent).join("/")}`;
  }

  async #find({ apiVersion, kind }: KindRef): Promise<Known> {
    const key = `${apiVersion} ${kind}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      return known;
    }
    const document = await this.#discover(root(apiVersion));
    const resource = listAt(document, "resources").find(
      (one) => textAt(one, "kind") === kind && !textAt(one, "name").includes("/"),
    );
    if (resource === undefined) {
      throw new UnknownKindError(`the server has no kind ${kind} in ${apiVersion}`);
    }
    const found = { plural: textAt(resource, "name"), namespaced: valueAt(resource, "namespaced") === true };
    this.#known.set(key, found);
    return found;
  }
}

function root(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
