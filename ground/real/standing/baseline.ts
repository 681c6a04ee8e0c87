import { setTimeout as sleep } from "node:timers/promises";
import type { SimClient } from "../../../sim/client.ts";
import type { RealApiServer } from "../api-server.ts";
import { connectAsAdmin } from "../connect-as-admin.ts";
import { waitUntil } from "../../wait-until.ts";
import { EtcdKeys, type EtcdState } from "./etcd-keys.ts";
import { keyChanges, type KeyRevisions } from "./key-changes.ts";

const SETTLED_AFTER_MS = 250;
const RESTORED_WITHIN_MS = 30_000;

/** The first state of a cluster, to which it can be brought back. */
export class Baseline {
  readonly #name: string;
  readonly #client: SimClient;
  readonly #keys: EtcdKeys;
  readonly #values: EtcdState["values"];
  readonly #served: string;
  #revisions: KeyRevisions;

  private constructor(
    cluster: { readonly name: string; readonly client: SimClient; readonly keys: EtcdKeys },
    first: EtcdState & { readonly served: string },
  ) {
    this.#name = cluster.name;
    this.#client = cluster.client;
    this.#keys = cluster.keys;
    this.#values = first.values;
    this.#revisions = first.revisions;
    this.#served = first.served;
  }

  /**
   * Takes the state of a cluster that has just been started, once nothing changes any more.
   *
   * Where accounts are made for namespaces (`withAccounts`), that is not before each has one, however long it takes the
   * controller to begin: it would make them again and again after each return to a state without them.
   */
  static async of(
    server: RealApiServer,
    { etcdURL, withAccounts }: { readonly etcdURL: string; readonly withAccounts: boolean },
  ): Promise<Baseline> {
    const { name } = server;
    const keys = new EtcdKeys(etcdURL, `/${name}/`);
    const client = connectAsAdmin(server);
    let before = await keys.revisions();
    await waitUntil(
      async () => {
        await sleep(SETTLED_AFTER_MS);
        const earlier = before;
        before = await keys.revisions();
        return isSame(earlier, before) && (!withAccounts || hasAccounts(before));
      },
      { what: `${name} settles`, withinMs: RESTORED_WITHIN_MS },
    );
    return new Baseline({ name, client, keys }, { ...(await keys.state()), served: await servedBy(client) });
  }

  /**
   * Brings the cluster back, behind the back of its API server, which follows what changes in etcd as always.
   *
   * No finalizer holds anything up, and nobody has to be there who would remove one. What controllers still do about
   * what they saw is undone as well.
   */
  async restore(): Promise<void> {
    await waitUntil(
      async () => {
        if (!(await this.#wasSame())) {
          return false;
        }
        await sleep(SETTLED_AFTER_MS);
        return this.#wasSame();
      },
      { what: `${this.#name} is as it was at first`, withinMs: RESTORED_WITHIN_MS },
    );
  }

  async #wasSame(): Promise<boolean> {
    const { extra, changed } = keyChanges(this.#revisions, await this.#keys.revisions());
    if (extra.length === 0 && changed.length === 0) {
      return (await servedBy(this.#client)) === this.#served;
    }
    const put = new Map(changed.map((key) => [key, this.#values.get(key) ?? ""]));
    const written = await this.#keys.write({ remove: extra, put });
    this.#revisions = new Map([...this.#revisions, ...written]);
    return false;
  }
}

function isSame(one: KeyRevisions, other: KeyRevisions): boolean {
  const { extra, changed } = keyChanges(one, other);
  return extra.length === 0 && changed.length === 0;
}

function hasAccounts(keys: KeyRevisions): boolean {
  const names = [...keys.keys()];
  const accounts = names.filter((key) => key.includes("/serviceaccounts/") && key.endsWith("/default")).length;
  return accounts === names.filter((key) => key.includes("/namespaces/")).length;
}

// What a removed CRD has defined is served for a moment longer.
async function servedBy(client: SimClient): Promise<string> {
  return JSON.stringify(await client.json({ method: "GET" }, "/apis"));
}
