// Writes the files that are generated: from the CRDs, which are the only source of the API, from the table of commands,
// from the rules for Prometheus, and from the questions that the dashboard answers.
import { writeFileSync } from "node:fs";
import { apiReference } from "./generate/api-reference.ts";
import { apiTypes } from "./generate/api-types.ts";
import { cliReference } from "./generate/cli-reference.ts";
import { dashboard } from "./generate/dashboard.ts";
import { prometheusRule } from "./generate/prometheus-rule.ts";

/** Every generated file: its path, and a function that returns its content. */
export const generatedFiles: Readonly<Record<string, () => string | Promise<string>>> = {
  "src/ocm/api/api.generated.ts": apiTypes,
  "docs/api.md": apiReference,
  "docs/cli.md": cliReference,
  "deploy/monitoring/dashboard.json": dashboard,
  "deploy/monitoring/prometheus-rule.yaml": prometheusRule,
};

if (import.meta.main) {
  for (const [path, content] of Object.entries(generatedFiles)) {
    writeFileSync(path, await content());
  }
}
