import type { KeyRevisions } from "./key-changes.ts";

/** Keys and values at one revision; values are in base64, as etcd's gateway gives them. */
export type EtcdState = { readonly revisions: KeyRevisions; readonly values: ReadonlyMap<string, string> };

/** What to write in one go. */
export type EtcdWrite = { readonly remove: readonly string[]; readonly put: ReadonlyMap<string, string> };

type KeyValue = { readonly key: string; readonly value?: string; readonly mod_revision: string };

// Far below the number of operations and of bytes that etcd takes at once.
const WRITTEN_AT_ONCE = 20;

/** The keys of etcd under one prefix, through its JSON gateway. */
export class EtcdKeys {
  readonly #url: string;
  readonly #prefix: string;

  constructor(url: string, prefix: string) {
    this.#url = url;
    this.#prefix = prefix;
  }

  /** Reads when each key was written last. */
  async revisions(): Promise<KeyRevisions> {
    const found = await this.#range({ keys_only: true });
    return new Map(found.map((one) => [decode(one.key), one.mod_revision]));
  }

  /** Reads everything. */
  async state(): Promise<EtcdState> {
    const found = await this.#range({});
    return {
      revisions: new Map(found.map((one) => [decode(one.key), one.mod_revision])),
      values: new Map(found.map((one) => [decode(one.key), one.value ?? ""])),
    };
  }

  /** Removes and writes keys, and tells at which revision each was written. */
  async write({ remove, put }: EtcdWrite): Promise<KeyRevisions> {
    const operations = [
      ...remove.map((key) => ({ key, request: { request_delete_range: { key: encode(key) } } })),
      ...Array.from(put, ([key, value]) => ({ key, request: { request_put: { key: encode(key), value } } })),
    ];
    const written = new Map<string, string>();
    for (let at = 0; at < operations.length; at += WRITTEN_AT_ONCE) {
      const some = operations.slice(at, at + WRITTEN_AT_ONCE);
      const { header } = await this.#post<{ readonly header: { readonly revision: string } }>("kv/txn", {
        success: some.map(({ request }) => request),
      });
      for (const { key } of some.filter((one) => put.has(one.key))) {
        written.set(key, header.revision);
      }
    }
    return written;
  }

  async #range(options: object): Promise<readonly KeyValue[]> {
    const range = { key: encode(this.#prefix), range_end: encode(endOf(this.#prefix)) };
    const { kvs = [] } = await this.#post<{ readonly kvs?: readonly KeyValue[] }>("kv/range", { ...range, ...options });
    return kvs;
  }

  async #post<Answer>(path: string, body: object): Promise<Answer> {
    const answer = await fetch(`${this.#url}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) {
      throw new Error(`expected etcd to answer ${path}, found ${answer.status}: ${await answer.text()}`);
    }
    return (await answer.json()) as Answer;
  }
}

function endOf(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCodePoint(prefix.charCodeAt(last) + 1);
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}

function decode(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}
