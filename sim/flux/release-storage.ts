import { refOf, type SimClient } from "../client.ts";
import { fromSecret, type ReleaseRecord, toSecret } from "./release-record.ts";

/** Helm's records of one release on the target cluster. */
export class ReleaseStorage {
  readonly #target: SimClient;
  readonly #name: string;
  readonly #namespace: string;

  constructor(target: SimClient, release: { readonly name: string; readonly namespace: string }) {
    this.#target = target;
    this.#name = release.name;
    this.#namespace = release.namespace;
  }

  /** All versions, newest first. */
  async list(): Promise<readonly ReleaseRecord[]> {
    const labelSelector = `name=${this.#name},owner=helm`;
    const type = { apiVersion: "v1", kind: "Secret", namespace: this.#namespace };
    const secrets = await this.#target.list(type, { labelSelector });
    return secrets.map(fromSecret).toSorted((left, right) => right.version - left.version);
  }

  /** Creates or replaces the record of one version. */
  async write(record: ReleaseRecord): Promise<void> {
    const secret = toSecret(record);
    const live = await this.#target.find(refOf(secret));
    if (live === undefined) {
      await this.#target.create(secret);
      return;
    }
    const { metadata, data } = secret;
    await this.#target.patchMerge(refOf(secret), { metadata: { labels: metadata.labels }, data });
  }

  /** Removes the record of one version. */
  async remove(record: ReleaseRecord): Promise<void> {
    await this.#target.delete(refOf(toSecret(record)));
  }

  /** Removes the records of all versions. */
  async clear(): Promise<void> {
    for (const record of await this.list()) {
      await this.remove(record);
    }
  }
}
