import { compileProgram } from "../../src/launch/program.ts";
import { replaceFile } from "./replace-file.ts";

// Runs under the Node that the cache is for.
const [, , folder = ""] = process.argv;

const program = compileProgram(folder);
process.on("exit", (code) => {
  if (code === 0) {
    replaceFile(program.cachePath, program.codeCache());
  }
});
process.argv = [...process.argv.slice(0, 2), "version"];
program.start();
