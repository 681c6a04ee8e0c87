import { runDocument } from "./run-document.ts";
import { clone } from "./stages.ts";

runDocument("docs/command-line.md", clone);
