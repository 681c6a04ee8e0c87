import type { Execute } from "../command/command.ts";
import { openReader } from "../command/reader.ts";
import { readRows } from "./read-rows.ts";
import { SORT_KEYS, sortRows, summarize } from "./tenant-row.ts";
import { summaryLine, tableLines } from "./text.ts";

/** Says how the tenants are: all at a glance, then each in a line. */
export const status: Execute = async (given, context) => {
  const reader = await openReader(given, context);
  try {
    const namespace = given.find("namespace");
    const rows = await readRows(reader.program, await reader.onboarding(), { namespace, signal: context.signal });
    const shown = sortRows(
      rows.filter(({ isFailing }) => isFailing || !given.isOn("failing")),
      given.oneOf("sort", SORT_KEYS) ?? "state",
    );
    await context.write(`${summaryLine(summarize(rows))}\n`);
    const layout = {
      isWide: given.text("output") === "wide",
      nowMs: reader.clock.now(),
      columns: context.columns(),
      hasColors: context.hasColors,
    };
    for (const line of tableLines(shown, layout)) {
      await context.write(line);
    }
    return 0;
  } finally {
    await reader.close();
  }
};
