import type { KubeClient } from "../../kube/client.ts";
import { GoneError, unlessNotFound } from "../../kube/errors.ts";
import type { Selection } from "../../kube/list.ts";
import type { Resource } from "../../kube/resource.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Program } from "../command/command.ts";
import { servedResources } from "../service/definition.ts";
import type { ServiceObject } from "../service/status.ts";
import { leadingRow, rowOf, type TenantRow } from "./tenant-row.ts";

/** What the rows of a program's tenants depend on. */
export type RowProgram = Pick<Program, "resource" | "configResource" | "earlier" | "versionsOf" | "isRemovalFailing">;

/** Which tenants are read: all without either. */
export type TenantSelection = { readonly namespace?: string | undefined; readonly name?: string | undefined };

/**
 * Reads a row for each installation, of the objects of all API groups that the onboarding cluster serves.
 *
 * Reads page by page, and keeps nothing of an object but its row: the memory does not depend on how large objects are.
 */
export async function readRows(
  program: RowProgram,
  client: Pick<KubeClient, "pages">,
  { namespace, name, signal }: TenantSelection & { readonly signal: AbortSignal },
): Promise<readonly TenantRow[]> {
  const options = { namespace, ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }), signal };
  const kinds = servedResources(program);
  const lists = await Promise.all(kinds.map(({ resource }) => readKind(program, { client, resource }, options)));
  if (lists.every((rows) => rows === undefined)) {
    const names = kinds.map(({ resource: { plural, group } }) => `${plural}.${group}`).join(" or ");
    throw new Error(`expected an onboarding cluster that serves ${names}, found none of them: run "init" first`);
  }
  return Map.groupBy(
    lists.flatMap((rows) => rows ?? []),
    keyOfRow,
  )
    .values()
    .map(leadingRow)
    .filter((row) => row !== undefined)
    .toArray();
}

/** The key of the tenant that a row is about: the same in every API group. */
export function keyOfRow({ namespace, name }: Pick<TenantRow, "namespace" | "name">): string {
  return keyOf({ namespace, name });
}

type Kind = { readonly client: Pick<KubeClient, "pages">; readonly resource: Resource<ServiceObject> };

/** Returns nothing for a kind that the server does not serve. */
function readKind(
  program: RowProgram,
  kind: Kind,
  options: Selection & { readonly signal: AbortSignal },
): Promise<readonly TenantRow[] | undefined> {
  const rows = readPages(program, kind, options).catch((error: unknown) => {
    if (error instanceof GoneError) {
      return readPages(program, kind, options);
    }
    throw error;
  });
  return unlessNotFound(rows);
}

async function readPages(
  program: RowProgram,
  { client, resource }: Kind,
  options: Selection & { readonly signal: AbortSignal },
): Promise<readonly TenantRow[]> {
  const rows: TenantRow[] = [];
  for await (const { items } of client.pages(resource, options)) {
    rows.push(...items.map((object) => rowOf(object, program)));
  }
  return rows;
}
