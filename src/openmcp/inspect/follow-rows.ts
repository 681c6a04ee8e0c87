import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import type { KubeObject } from "../../kube/object.ts";
import { keyOf } from "../../runtime/key.ts";
import { type FollowFailure, Informer } from "../../runtime/informer.ts";
import type { Log } from "../../runtime/log.ts";
import { servedResources } from "../service/definition.ts";
import type { ServiceObject } from "../service/status.ts";
import type { RowProgram, TenantSelection } from "./read-rows.ts";
import { leadingRow, rowOf, type TenantRow } from "./tenant-row.ts";

/** Dependencies of `RowFollower`. */
export type FollowDeps = {
  readonly program: RowProgram;
  readonly client: Pick<KubeClient, "list" | "watch">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Called for each list, accepted watch and event, and for each failed list or watch. */
  readonly onContact?: () => void;
};

// Beside the row, only what a store tells versions of an object apart by.
type RowObject = ServiceObject & { readonly row?: TenantRow };

/** Follows the rows of tenants by watches, and keeps nothing of an object but its row. */
export class RowFollower {
  readonly #informers: readonly Informer<RowObject>[];

  constructor(
    { program, onContact = () => undefined, ...deps }: FollowDeps,
    { namespace }: Pick<TenantSelection, "namespace"> = {},
  ) {
    this.#informers = servedResources(program).map(
      ({ resource, isOptional }) =>
        new Informer<RowObject>({
          ...deps,
          onContact,
          onFailure: onContact,
          resource: resource,
          ...(namespace !== undefined && { namespace }),
          isOptional,
          project: (object) => ({ ...identityOf(object), row: rowOf(object, program) }),
        }),
    );
  }

  /** Resolves when every row is known. */
  async synced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#informers.map((informer) => informer.synced(signal)));
  }

  /** Why rows may be old; `undefined` while every kind can be watched, or before the first answer. */
  failure(): FollowFailure | undefined {
    return this.#informers.map((informer) => informer.failure()).find((failure) => failure !== undefined);
  }

  /** Follows until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#informers.map((informer) => informer.run(signal)));
  }

  /** The row of each tenant. */
  rows(): readonly TenantRow[] {
    const keys = new Set(this.#informers.flatMap(({ store }) => store.list().map(keyOf)));
    return Array.from(keys, (key) => this.row(key)).filter((row) => row !== undefined);
  }

  row(key: string): TenantRow | undefined {
    const rows = this.#informers.map(({ store }) => store.get(key)?.row).filter((row) => row !== undefined);
    return leadingRow(rows);
  }

  /** Calls `listener` with the key of each tenant that has changed. */
  onChange(listener: (key: string) => void): void {
    this.#informers.forEach(({ store }) => store.onChange(({ key }) => listener(key)));
  }
}

function identityOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, generation, deletionTimestamp } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(generation !== undefined && { generation }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    },
  };
}
