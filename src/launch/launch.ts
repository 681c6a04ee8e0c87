import { compileProgram, requireProgram } from "./program.ts";

const folder = import.meta.dirname;
await (process.sourceMapsEnabled ? requireProgram(folder) : compileProgram(folder).start()).ended;
