import type { World } from "../../test/support/world.ts";
import { ocm, UNJUDGED } from "../../test/support/world.ts";
import { CURRENT_GROUP, ocmRef, type OcmName } from "../../test/support/kinds.ts";

/** One of how many tenants fails. */
const FAILING = 50;
const WRITES_AT_A_TIME = 32;
const AT = "2026-01-01T00:00:00Z";

/**
 * Writes OCM objects with the status that the provider would have written, without any provider: the answers of commands
 * that read only these do not depend on how the status came about.
 */
export async function seedTenants(
  world: Pick<World, "onboarding" | "ground">,
  count: number,
): Promise<readonly OcmName[]> {
  const planes = Array.from({ length: count }, (_, index) => ({
    name: `mcp-${String(index).padStart(5, "0")}`,
    namespace: `project-bench--ws-${index % 100}`,
    group: CURRENT_GROUP,
  }));
  await Promise.all(namespacesOf(planes).map((name) => createNamespace(world, name)));
  const [version = ""] = world.ground.charts.versions;
  const left = planes.entries();
  await Promise.all(
    Array.from({ length: WRITES_AT_A_TIME }, async () => {
      for (const [index, plane] of left) {
        await world.onboarding.create(ocm(plane, version), UNJUDGED);
        await world.onboarding.status(
          ocmRef(plane),
          statusOf(plane, index % FAILING === 0 ? "failing" : version),
          UNJUDGED,
        );
      }
    }),
  );
  return planes;
}

function namespacesOf(planes: readonly OcmName[]): readonly string[] {
  return [...new Set(planes.map(({ namespace }) => namespace))];
}

async function createNamespace({ onboarding }: Pick<World, "onboarding">, name: string): Promise<void> {
  await onboarding.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
}

function statusOf({ name }: OcmName, version: string): unknown {
  const isFailing = version === "failing";
  const message = isFailing
    ? `OCIArtifactPullFailed: failed to pull artifact from 'oci://registry.example.com/charts/toolkit' for ${name}: 403 Forbidden`
    : `version ${version} is installed`;
  const condition = (type: string, isTrue: boolean, reason: string): object => ({
    type,
    status: isTrue ? "True" : "False",
    reason,
    message: isTrue ? `${type} is as it should be` : message,
    observedGeneration: 1,
    lastTransitionTime: AT,
  });
  return {
    observedGeneration: 1,
    phase: isFailing ? "Progressing" : "Ready",
    ...(!isFailing && { installedVersion: version }),
    conditions: [
      condition("Ready", !isFailing, isFailing ? "ReconcileError" : "ReconcileSuccess"),
      condition("AccessReady", true, "AccessGranted"),
      condition("ChartReady", !isFailing, isFailing ? "ChartFetchFailed" : "ChartFetched"),
      condition("ReleaseReady", !isFailing, isFailing ? "WaitingForChart" : "ReleaseInstalled"),
    ],
    resources: [
      resource("clusters.openmcp.cloud", "AccessRequest", `ocm.services.open-control-plane.io--${name}--mcp`),
      resource("source.toolkit.fluxcd.io", "OCIRepository", "sp-ocm-k8s-toolkit"),
      resource("helm.toolkit.fluxcd.io", "HelmRelease", "sp-ocm-k8s-toolkit"),
    ],
  };
}

function resource(apiGroup: string, kind: string, name: string): object {
  const namespace = "mcp--00000000-0000-8000-8000-000000000000";
  return { apiGroup, kind, name, namespace, phase: "Ready", location: "PlatformCluster" };
}
