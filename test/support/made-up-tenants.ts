import type { TenantRow } from "../../src/openmcp/inspect/tenant-row.ts";
import type { TreeNode } from "../../src/openmcp/inspect/tree.ts";

const TEAMS = ["atlas", "borealis", "cirrus", "delta", "ember", "fjord", "garnet", "harbor"] as const;
const STAGES = ["dev", "test", "prod"] as const;
const VERSIONS = ["0.9.2", "0.9.1", "0.8.0"] as const;
const NOW = Date.parse("2026-11-28T03:00:00Z");

const TROUBLES = [
  [
    "ChartUnavailable",
    "the registry refuses the credentials: 401 Unauthorized; the operator of the platform can see the cause",
  ],
  ["VersionNotOffered", 'version "0.9.9" is not on offer; choose one of 0.9.2, 0.9.1, 0.8.0'],
  ["ClusterUnreachable", "the control plane does not answer"],
  ["InstallFailed", "Helm refuses the values: /manager/replicas: expected integer, found string"],
] as const;

function at(ageS: number): string {
  return new Date(NOW - ageS * 1000).toISOString();
}

/** A tenant as it could be: one in `oneIn` fails, one in forty is in between. */
export function madeUpRow(index: number, oneIn = 12): TenantRow {
  const trouble = index % oneIn === 0 ? TROUBLES[(index / oneIn) % TROUBLES.length] : undefined;
  const wanted = VERSIONS[(index * 7) % 10 < 6 ? 0 : index % 3] ?? VERSIONS[0];
  const common = {
    group: "ocm.services.openmcp.cloud",
    namespace: `project-${TEAMS[index % TEAMS.length]}--ws-${STAGES[index % STAGES.length]}`,
    name: `mcp-${String(index).padStart(5, "0")}`,
    wanted,
    createdAt: at(86_400 * (1 + (index % 90))),
    since: at(60 * (1 + ((index * 37) % 5000))),
    leads: true,
    isHeld: true,
    platformNamespace: `mcp--${String(index).padStart(8, "0")}-5c1e-4f0a-9d2b-0123456789ab`,
  };
  if (trouble !== undefined) {
    const [reason, message] = trouble;
    return { ...common, phase: "Progressing", reason, message, isFailing: true };
  }
  if (index % 40 === 1) {
    const message = "waiting for the chart to be installed";
    return { ...common, phase: "Progressing", reason: "ReleaseProgressing", message, isFailing: false };
  }
  if (index % 40 === 3) {
    const message = "waiting for the HelmRelease to be uninstalled";
    return { ...common, phase: "Terminating", reason: "Terminating", message, installed: wanted, isFailing: false };
  }
  const message = `version ${wanted} is installed`;
  return { ...common, phase: "Ready", reason: "ReconcileSuccess", message, installed: wanted, isFailing: false };
}

/** The objects of a made-up tenant. */
export function madeUpTree(row: TenantRow): TreeNode {
  const { name, namespace, message, isFailing, createdAt = "", since = "" } = row;
  const access = onPlatform(row, { kind: "AccessRequest", name: `${name}-mcp`, message: "granted" });
  const repository = onPlatform(row, {
    kind: "OCIRepository",
    name: `${name}-chart`,
    message: "stored artifact",
    ...(row.wanted !== undefined && { version: row.wanted }),
    children: [releaseOf(row)],
    ...(isFailing && {
      state: "failed",
      message: "failed to determine artifact digest: GET …: UNAUTHORIZED",
      events: [{ type: "Warning", reason: "OCIPullFailed", message: "401 Unauthorized", at: since, count: 14 }],
    }),
  });
  const state = isFailing ? "failed" : "ready";
  const root = { cluster: "onboarding", kind: "OCM", namespace, name, state, message, createdAt, since } as const;
  return { ...root, events: [], children: [access, repository] };
}

function releaseOf(row: TenantRow): TreeNode {
  const { name, isFailing } = row;
  const deployment = onPlatform(row, {
    cluster: "mcp",
    kind: "Deployment",
    namespace: "ocm-k8s-toolkit-system",
    name: "ocm-k8s-toolkit-controller-manager",
    message: "1 of 1 replicas available",
    ...(isFailing && { state: "absent", message: "does not exist yet" }),
  });
  return onPlatform(row, {
    kind: "HelmRelease",
    name: `${name}-toolkit`,
    message: "Helm install succeeded",
    ...(row.installed !== undefined && { version: row.installed }),
    children: [deployment],
    ...(isFailing && { state: "waiting", message: "waits for the chart" }),
  });
}

function onPlatform(row: TenantRow, fields: Partial<TreeNode> & Pick<TreeNode, "kind" | "name">): TreeNode {
  const { platformNamespace, createdAt = "", since = "" } = row;
  const common = { cluster: "platform", namespace: platformNamespace, state: "ready", message: "" } as const;
  return { ...common, createdAt, since, events: [], children: [], ...fields };
}
