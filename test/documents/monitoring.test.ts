import { runDocument } from "./run-document.ts";
import { withPrometheusOperator } from "./stages.ts";

runDocument("docs/monitoring.md", withPrometheusOperator);
