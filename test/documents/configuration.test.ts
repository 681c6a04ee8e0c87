import { runDocument } from "./run-document.ts";
import { withAllReferences } from "./stages.ts";

runDocument("docs/configuration.md", withAllReferences);
