import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { install } from "../support/install.ts";
import { prepare, startWorld, type World } from "../support/world.ts";

/** Node 26 alone holds 42 MiB, of which 34 are pages of its own program. */
const LIMIT_KIB = 62 * 1024;
const WITHIN_MS = 60_000;

function residentKiB({ pid }: ProviderProcess): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

async function untilSmall(provider: ProviderProcess): Promise<void> {
  await waitUntil(() => Promise.resolve(residentKiB(provider) <= LIMIT_KIB), {
    what: `the provider holds ${LIMIT_KIB} KiB at most`,
    withinMs: WITHIN_MS,
  });
}

describe("a process that has nothing to do", { skip: process.platform !== "linux" }, () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.configure();
  });
  after(() => world.stop());

  it("holds little memory after its start, and again after it has worked", async () => {
    const provider = await world.run();

    await untilSmall(provider);
    await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    await untilSmall(provider);

    await provider.stop();
  });
});
