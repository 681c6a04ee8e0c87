import type { ServedResource } from "../api/served-resource.ts";
import type { Resource } from "./resource.ts";

/** The resources an API server serves at the moment. */
export class Registry {
  readonly #resources = new Map<string, Resource>();

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) {
      this.register(resource);
    }
  }

  /** Serves a resource from now on, or serves it differently. */
  register(resource: Resource): void {
    this.#resources.set(keyOf(resource), resource);
  }

  /** Stops serving a resource. Its objects stay where they are. */
  unregister(resource: Pick<ServedResource, "group" | "version" | "plural">): void {
    this.#resources.delete(keyOf(resource));
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#resources.get(keyOf({ group, version, plural }));
  }

  /** The resource behind `apiVersion` and `kind`. */
  findKind(apiVersion: string, kind: string): Resource | undefined {
    const [group, version] = splitApiVersion(apiVersion);
    return this.all().find(
      (resource) => resource.group === group && resource.version === version && resource.kind === kind,
    );
  }

  /** Every version of every resource, in the order they were registered. */
  all(): readonly Resource[] {
    return [...this.#resources.values()];
  }

  /** One version of each resource: enough to reach every object once. */
  collections(): readonly Resource[] {
    const first = this.all()
      .toReversed()
      .map((resource) => [resource.collection, resource] as const);
    return [...new Map(first).values()].toReversed();
  }
}

/** Group and version of an `apiVersion`; the core group is `""`. */
export function splitApiVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

function keyOf({ group, version, plural }: Pick<ServedResource, "group" | "version" | "plural">): string {
  return `${group}/${version}/${plural}`;
}
