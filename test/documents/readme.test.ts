import { runDocument } from "./run-document.ts";
import { clone } from "./stages.ts";

runDocument("README.md", clone);
