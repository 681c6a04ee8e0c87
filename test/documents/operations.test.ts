import { runDocument } from "./run-document.ts";
import { installed } from "./stages.ts";

runDocument("docs/operations.md", installed);
