import type { TenantRow } from "../inspect/tenant-row.ts";
import type { TreeNode } from "../inspect/tree.ts";

/** What the stream of the dashboard sends, each as a server-sent event of its type's name. */
export type Message = AboutMessage | ClusterMessage | RowsMessage;

/** Of what the page shows the tenants. The first message of each stream. */
export type AboutMessage = {
  readonly type: "about";
  readonly program: string;
  readonly version: string;
  /** The kind of the tenants' objects. */
  readonly kind: string;
};

/** Whether the tenants are up to date. */
export type ClusterMessage = {
  readonly type: "cluster";
  /** `connecting`: nothing has been read yet. `lost`: the tenants are as they were at `since`. */
  readonly state: "connecting" | "live" | "lost";
  readonly message: string;
  /** In ISO 8601. */
  readonly since?: string;
};

/** How the tenants have changed. */
export type RowsMessage = {
  readonly type: "rows";
  /** Whatever was sent before is forgotten. */
  readonly startsAnew: boolean;
  readonly rows: readonly TenantRow[];
  /** Keys of tenants that are gone; see `keyOfRow`. */
  readonly gone: readonly string[];
  /** How many changes follow at once. */
  readonly more: number;
};

/** What belongs to one tenant. */
export type TreeAnswer = { readonly row: TenantRow; readonly tree: TreeNode };

/** The words for why a request was not answered. */
export type Refusal = { readonly error: string };

/** Where the page asks. */
export const PATHS = { events: "/api/events", tree: "/api/tree" } as const;

/** Identifies a tenant in messages. */
export function keyOfRow({ namespace, name }: Pick<TenantRow, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}
