import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";

const MODULE = JSON.stringify(new URL("young-generation.ts", import.meta.url).href);

/** Runs a program of its own, in which `storm` says how large the young generation became, in MiB. */
async function run(program: string): Promise<unknown> {
  const prelude = `
    const { boundYoungGeneration } = await import(${MODULE});
    const { getHeapSpaceStatistics } = process.getBuiltinModule("node:v8");
    const youngBytes = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size;
    // Makes objects in turns of the event loop, of which the latest are kept.
    async function storm() {
      let most = 0;
      const latest = new Array(20_000);
      for (let turn = 0; turn < 400; turn += 1) {
        for (let made = 0; made < 4_000; made += 1) {
          latest[(turn * 4_000 + made) % latest.length] = { made, text: [turn, made, "garbage"] };
        }
        await new Promise((resolve) => setImmediate(resolve));
        most = Math.max(most, youngBytes());
      }
      return most / 2 ** 20;
    }`;
  const args = ["--input-type=module", "--eval", `${prelude}\n${program}`];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

describe("boundYoungGeneration", () => {
  it("keeps the young generation small in a storm, and leaves it to V8 once it has ended", async () => {
    const [during, afterwards] = (await run(`
      const end = new AbortController();
      const ended = boundYoungGeneration(end.signal);
      const during = await storm();
      end.abort();
      await ended;
      console.log(JSON.stringify([during, await storm()]));`)) as [number, number];

    assert.ok(during <= 32, `expected at most 32 MiB, found ${during}`);
    assert.ok(afterwards > 32, `expected V8 to let it grow, found ${afterwards} MiB`);
  });
});
