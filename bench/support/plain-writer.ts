import { readFileSync } from "node:fs";

import { connect } from "../../sandbox/connect.ts";
import { ref } from "../../test/support/kinds.ts";
import { ocm } from "../../test/support/world.ts";

// A process of its own that does nothing but write: what no provider can be faster than.
//
// Usage: plain-writer.ts <kubeconfig> <objects> <writes for each>

/** What the writes have cost, as this program prints it. */
export type WritingCost = { readonly elapsedMs: number; readonly cpuMs: number };

/** As many as the provider has workers. */
const CONCURRENCY = 16;
const NAMESPACE = "default";

const [kubeconfigPath = "", objects = "0", writesEach = "0"] = process.argv.slice(2);
const client = connect({ kubeconfig: readFileSync(kubeconfigPath, "utf8") });

await writeAll(["warm-up-1", "warm-up-2", "warm-up-3"]);
const startMs = performance.now();
const before = process.cpuUsage();
await writeAll(Array.from({ length: Number(objects) }, (_, index) => `plain-${index}`));
const { user, system } = process.cpuUsage(before);
const cost: WritingCost = { elapsedMs: performance.now() - startMs, cpuMs: (user + system) / 1000 };
console.log(JSON.stringify(cost));
// The client's connections would keep the process alive.
process.exit();

async function writeAll(names: readonly string[]): Promise<void> {
  const left = names.values();
  await Promise.all(Array.from({ length: CONCURRENCY }, () => writeEach(left)));
}

async function writeEach(names: Iterable<string>): Promise<void> {
  for (const name of names) {
    await client.apply(ocm({ name, namespace: NAMESPACE }, "0.0.0"));
    for (let written = 1; written < Number(writesEach); written += 1) {
      const status = { observedGeneration: 1, phase: "Progressing", installedVersion: `0.0.${written}` };
      await client.status(ref("ocm", name, NAMESPACE), status);
    }
  }
}
