import { compileProgram } from "../../src/launch/program.ts";
import { replaceFile } from "./replace-file.ts";

// Runs under the Node that the cache is for.
const [, , folder = ""] = process.argv;
/** The program exits with this code after a wrong command line. */
const EXIT_USAGE = 2;

const program = compileProgram(folder);
process.on("exit", (code) => {
  if (code === EXIT_USAGE) {
    replaceFile(program.cachePath, program.codeCache());
    process.exitCode = 0;
  }
});
// Loads what `run` is made of, and does nothing: no thread or file decides which functions the cache has.
process.argv = [...process.argv.slice(0, 2), "run", "--provider-name=none", "--health-probe-bind-address=none"];
program.start();
