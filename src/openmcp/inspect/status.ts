import { isDeepStrictEqual } from "node:util";

import type { CommandContext, Execute } from "../command/command.ts";
import type { Given } from "../command/given.ts";
import { openReader, type Reader } from "../command/reader.ts";
import { type Answering, type Choice, writeTenants, writeTree } from "./answer.ts";
import { FORMATS, SORT_KEYS } from "./flag-values.ts";
import { readRows } from "./read-rows.ts";
import { readTree } from "./read-tree.ts";
import type { TenantRow } from "./tenant-row.ts";
import type { TreeNode } from "./tree.ts";
import { watchTenants } from "./watch-tenants.ts";

/** Says how the tenants are: all at a glance and each in a line, or one with all that belongs to it. */
export const status: Execute = async (given, context) => {
  const reader = await openReader(given, context);
  try {
    const to = answeringOf(given, context, reader);
    const [name] = given.words;
    await (name === undefined ? answerForAll(given, reader, to) : answerForOne(name, { given, reader, to }));
    return 0;
  } catch (error) {
    // Whoever watches ends that by Ctrl-C, also in the middle of a request.
    if (given.isOn("watch") && !isGoingOn(reader)) {
      return 0;
    }
    throw error;
  } finally {
    await reader.close();
  }
};

/** Reads from the flags where and how to answer. */
export function answeringOf(given: Given, context: CommandContext, { clock }: Pick<Reader, "clock">): Answering {
  const { write, columns, hasColors } = context;
  return { write, columns, hasColors, format: given.oneOf("output", FORMATS) ?? "table", nowMs: () => clock.now() };
}

async function answerForAll(given: Given, reader: Reader, to: Answering): Promise<void> {
  const choice: Choice = { onlyFailing: given.isOn("failing"), sort: given.oneOf("sort", SORT_KEYS) ?? "state" };
  const { program, signal } = reader;
  const client = await reader.onboarding();
  const namespace = given.find("namespace");
  if (given.isOn("watch")) {
    await watchTenants({ reader, client, namespace }, choice, to);
    return;
  }
  await writeTenants(await readRows(program, client, { namespace, signal }), choice, to);
}

type ForOne = { readonly given: Given; readonly reader: Reader; readonly to: Answering };

async function answerForOne(name: string, { given, reader, to }: ForOne): Promise<void> {
  const namespace = given.find("namespace");
  let shown: Shown | undefined;
  do {
    const latest = await readTenant({ name, namespace }, reader);
    if (!isDeepStrictEqual(latest, shown)) {
      await to.write(shown === undefined ? "" : "\n");
      await writeTree(latest.row, latest.tree, to);
      shown = latest;
    }
    await (given.isOn("watch") ? reader.clock.sleep(LOOK_AGAIN_MS, reader.signal) : undefined);
  } while (given.isOn("watch") && isGoingOn(reader));
}

const LOOK_AGAIN_MS = 2_000;

function isGoingOn({ signal }: Pick<Reader, "signal">): boolean {
  return !signal.aborted;
}

type Shown = { readonly row: TenantRow; readonly tree: TreeNode };

async function readTenant(
  { name, namespace }: { readonly name: string; readonly namespace: string | undefined },
  reader: Reader,
): Promise<Shown> {
  const { program, signal } = reader;
  const rows = await readRows(program, await reader.onboarding(), { namespace, name, signal });
  const [row, ...others] = rows;
  const what = `${program.resource.kind} "${name}"`;
  if (row === undefined) {
    throw new Error(
      `there is no ${what} ${namespace === undefined ? "in any namespace" : `in namespace "${namespace}"`}`,
    );
  }
  if (others.length > 0) {
    const namespaces = rows.map((one) => one.namespace).join(", ");
    throw new Error(`there is more than one ${what}: choose one of these namespaces with -n: ${namespaces}`);
  }
  return { row, tree: await readTree(reader, row) };
}
