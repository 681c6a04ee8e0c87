import { runDocument } from "./run-document.ts";
import { clone } from "./stages.ts";

runDocument("docs/writing-a-provider.md", clone);
