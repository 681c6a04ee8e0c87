import { runDocument } from "./run-document.ts";
import { inTrouble } from "./stages.ts";

runDocument("docs/runbooks.md", inTrouble);
