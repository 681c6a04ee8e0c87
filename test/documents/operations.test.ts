import { runDocument } from "./run-document.ts";
import { ofEarlierGroup } from "./stages.ts";

runDocument("docs/operations.md", ofEarlierGroup);
