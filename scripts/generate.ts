// Writes the files that are generated: from the CRDs, which are the only source of the API, from the table of commands,
// and from the rules for Prometheus.
import { writeFileSync } from "node:fs";
import { apiReference } from "./generate/api-reference.ts";
import { apiTypes } from "./generate/api-types.ts";
import { cliReference } from "./generate/cli-reference.ts";
import { prometheusRule } from "./generate/prometheus-rule.ts";

/** Every generated file: its path, and a function that returns its content. */
export const generatedFiles: Readonly<Record<string, () => string | Promise<string>>> = {
  "src/ocm/api/api.generated.ts": apiTypes,
  "docs/api.md": apiReference,
  "docs/cli.md": cliReference,
  "deploy/monitoring/prometheus-rule.yaml": prometheusRule,
};

if (import.meta.main) {
  for (const [path, content] of Object.entries(generatedFiles)) {
    writeFileSync(path, await content());
  }
}
