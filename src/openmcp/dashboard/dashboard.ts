import { randomBytes } from "node:crypto";

import type { CommandContext } from "../command/command.ts";
import type { Given } from "../command/given.ts";
import { openReader, type Reader } from "../command/reader.ts";
import { readTree } from "../inspect/read-tree.ts";
import { Feed } from "./feed.ts";
import { followTenants } from "./follow-tenants.ts";
import { openBrowser } from "./open-browser.ts";
import { startDashboard } from "./server.ts";

/** Long enough that nobody guesses it. */
const TOKEN_BYTES = 24;

/** Serves the page until the process is told to stop. */
export async function dashboard(given: Given, context: CommandContext): Promise<number> {
  const reader = await openReader(given, context);
  try {
    await serve(reader, { given, context });
    return 0;
  } finally {
    await reader.close();
  }
}

type Invocation = { readonly given: Given; readonly context: CommandContext };

async function serve(reader: Reader, { given, context }: Invocation): Promise<void> {
  const { program, clock, random, log, signal } = reader;
  const onboarding = await reader.onboarding();
  const feed = new Feed({
    type: "about",
    program: program.name,
    version: program.version,
    kind: program.resource.kind,
  });
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const server = await startDashboard({
    port: given.integer("port"),
    token,
    feed,
    readTree: (row, stop) => readTree({ ...reader, signal: AbortSignal.any([signal, stop]) }, row),
    clock,
    log,
  });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => server.close());
  const following = followTenants({ program, client: onboarding, clock, random, log }, feed, signal);
  // Browsers send what stands behind the # to no server, so that no log has it.
  const address = `http://127.0.0.1:${server.port}/#token=${token}`;
  await context.write(`${address}\n`);
  context.printError("Whoever has this address sees what you see. Ctrl-C ends the page.\n");
  if (given.isOn("open")) {
    cleanup.defer(await openBrowser(address, context));
  }
  await following;
}
