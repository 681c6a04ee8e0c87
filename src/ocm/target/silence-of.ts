import type { TenantTarget } from "../../openmcp/platform/tenant-access.ts";

const SILENCES: Readonly<Record<TenantTarget, string>> = {
  mcp: "waiting for the control plane to answer: the provider cannot see what is on it",
  workload: "waiting for the workload cluster to answer: the provider cannot see what is on it",
};

/** What a tenant is told while nobody gets an answer from the cluster of an installation. */
export function silenceOf(target: TenantTarget): string {
  return SILENCES[target];
}
