import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { compileProgram } from "../../src/launch/program.ts";

// Runs under the Node that the cache is for.
const [, , folder = ""] = process.argv;

const program = compileProgram(folder);
process.on("exit", (code) => {
  if (code === 0) {
    mkdirSync(dirname(program.cachePath), { recursive: true });
    writeFileSync(program.cachePath, program.codeCache());
  }
});
process.argv = [...process.argv.slice(0, 2), "version"];
program.start();
