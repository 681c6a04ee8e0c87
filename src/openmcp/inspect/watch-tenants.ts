import { isDeepStrictEqual } from "node:util";

import type { KubeClient } from "../../kube/client.ts";
import type { Reader } from "../command/reader.ts";
import { type Answering, type Choice, choose, layoutOf, SCHEMAS, toText, writeTenants } from "./answer.ts";
import { RowFollower } from "./follow-rows.ts";
import { keyOfRow, readRows } from "./read-rows.ts";
import { summarize, type Summary, type TenantRow } from "./tenant-row.ts";
import { RowTable, summaryLine } from "./text.ts";

/** What is watched. */
export type Watched = {
  readonly reader: Pick<Reader, "program" | "clock" | "log" | "signal">;
  readonly client: KubeClient;
  readonly namespace: string | undefined;
};

/** Changes that come together are written together, with one count. */
const TOGETHER_MS = 500;

/** Writes all tenants, and then whatever changes, until the process is asked to stop. */
export async function watchTenants(
  { reader, client, namespace }: Watched,
  choice: Choice,
  to: Answering,
): Promise<void> {
  const { program, clock, log, signal } = reader;
  // Unlike a watch, a list says at once what is wrong.
  const first = await readRows(program, client, { namespace, signal });
  await writeTenants(first, choice, to);
  const writer = new ChangeWriter(first, choice, to);
  const changed = new Set(first.map(keyOfRow));
  const follower = new RowFollower({ program, client, clock, log, random: () => 0.5 }, { namespace });
  const news = new Wakeup();
  follower.onChange((key) => {
    changed.add(key);
    news.wake();
  });
  const running = follower.run(signal);
  await follower.synced(signal);
  news.wake();
  while (!signal.aborted) {
    await news.next(signal);
    await clock.sleep(TOGETHER_MS, signal);
    const keys = [...changed];
    changed.clear();
    await writer.write(
      keys.map((key) => [key, follower.row(key)]),
      summarize(follower.rows()),
    );
  }
  await running;
}

class Wakeup {
  #next = Promise.withResolvers<void>();

  wake(): void {
    this.#next.resolve();
  }

  /** Resolves when `wake` is called, or has been since the last time, or `signal` is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.wake();
    signal.addEventListener("abort", stop, { once: true });
    await (signal.aborted ? undefined : this.#next.promise);
    signal.removeEventListener("abort", stop);
    this.#next = Promise.withResolvers<void>();
  }
}

type Changes = readonly (readonly [key: string, row: TenantRow | undefined])[];

/** Writes what differs from what was written before. */
class ChangeWriter {
  readonly #choice: Choice;
  readonly #to: Answering;
  readonly #table: RowTable;
  readonly #shown: Map<string, TenantRow>;
  #summary: Summary;

  constructor(rows: readonly TenantRow[], choice: Choice, to: Answering) {
    this.#choice = choice;
    this.#to = to;
    this.#table = new RowTable(rows, layoutOf(to));
    this.#shown = new Map(choose(rows, choice).map((row) => [keyOfRow(row), row]));
    this.#summary = summarize(rows);
  }

  async write(changes: Changes, summary: Summary): Promise<void> {
    for (const [key, row] of changes) {
      await this.#writeChange(key, row);
    }
    if (!isDeepStrictEqual(summary, this.#summary)) {
      this.#summary = summary;
      await this.#write(`${summaryLine(summary)}\n`, { summary });
    }
  }

  async #writeChange(key: string, row: TenantRow | undefined): Promise<void> {
    const before = this.#shown.get(key);
    if (isDeepStrictEqual(row, before)) {
      return;
    }
    if (row === undefined) {
      this.#shown.delete(key);
      await (before === undefined ? undefined : this.#write(`${key} is gone\n`, { gone: before }));
      return;
    }
    // A tenant that does not fail any more was shown because it did: that it is well now is news.
    if (before !== undefined || choose([row], this.#choice).length > 0) {
      this.#shown.set(key, row);
      await this.#write(`${this.#table.line(row)}\n`, { tenant: row });
    }
  }

  async #write(line: string, change: object): Promise<void> {
    switch (this.#to.format) {
      case "table":
      case "wide":
        return this.#to.write(line);
      case "json":
        return this.#to.write(`${JSON.stringify({ schema: SCHEMAS.change, ...change })}\n`);
      case "yaml":
        return this.#to.write(await toText({ schema: SCHEMAS.change, ...change }, "yaml"));
    }
  }
}
