import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { freePorts } from "./free-ports.ts";

const run = promisify(execFile);

describe("free ports", () => {
  it("are each given to one process only, though nobody listens on them yet", async () => {
    // By chance alone, one in 300,000 of such pairs would have no port in common.
    const own = await freePorts(500);
    const module = JSON.stringify(new URL("free-ports.ts", import.meta.url).href);
    const script = `import { freePorts } from ${module}; console.log(JSON.stringify(await freePorts(300)));`;

    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script]);

    const all = [...own, ...(JSON.parse(stdout) as number[])];
    assert.equal(new Set(all).size, 800);
  });
});
