import { readFileSync } from "node:fs";

const SOURCE = "deploy/monitoring/rules.yaml";

/** The rules for Prometheus as the Prometheus operator takes them. */
export function prometheusRule(): string {
  const rules = readFileSync(SOURCE, "utf8")
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => (line === "" ? "" : `  ${line}`));
  return `# The alerts of rules.yaml for the Prometheus operator. Generated: change rules.yaml, and run "npm run generate".
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: sp-ocm
  namespace: openmcp-system # the operator's
  labels:
    app.kubernetes.io/name: sp-ocm
spec:
${rules.join("\n")}`;
}
