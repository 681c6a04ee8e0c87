import type { KubeClient } from "../../kube/client.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { Clock } from "../../kube/clock.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Log } from "../../runtime/log.ts";

/** The clusters that are read. */
export type Live = {
  readonly platform: KubeClient;
  readonly onboarding: KubeClient;
  readonly namespace: string;
  readonly providerName: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Above this number of objects of one name, one list of all of them costs less. */
const MOST_SINGLE_LOOKS = 20;

/**
 * Finds objects that the lists do not have: nobody knows whether somebody else has taken a name where an object is new.
 */
export class Finder {
  readonly #live: Pick<Live, "platform" | "signal">;
  readonly #looks = new Map<string, number>();
  readonly #lists = new Map<string, Promise<ReadonlyMap<string, KubeObject>>>();

  constructor(live: Pick<Live, "platform" | "signal">) {
    this.#live = live;
  }

  async find<O extends KubeObject>(resource: Resource<O>, ref: ObjectRef): Promise<O | undefined> {
    const id = `${resource.group}/${resource.plural} ${ref.name}`;
    const looks = (this.#looks.get(id) ?? 0) + 1;
    this.#looks.set(id, looks);
    if (looks <= MOST_SINGLE_LOOKS) {
      return this.#live.platform.find(resource, ref, this.#live.signal);
    }
    const list = this.#lists.get(id) ?? this.#list(resource, ref.name);
    this.#lists.set(id, list);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the list is of this resource
    return (await list).get(keyOf(ref)) as O | undefined;
  }

  async #list(resource: Resource, name: string): Promise<ReadonlyMap<string, KubeObject>> {
    const { platform, signal } = this.#live;
    const { items } = await platform.list(resource, { fieldSelector: `metadata.name=${name}`, signal });
    return new Map(items.map((object) => [keyOf(object), object]));
  }
}
