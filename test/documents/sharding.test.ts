import { runDocument } from "./run-document.ts";
import { afterReadme } from "./stages.ts";

runDocument("docs/sharding.md", afterReadme);
