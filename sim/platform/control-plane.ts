import type { SimClient } from "../client.ts";
import { refOf } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { Obj } from "../object.ts";
import type { KindRef } from "../resource-paths.ts";
import { ensure } from "../stand-in/ensure.ts";
import { remove } from "../stand-in/remove.ts";
import { waitFor } from "../stand-in/wait-for.ts";
import { listAt, textAt } from "../value-at.ts";
import { PASSED_ON } from "./cluster.ts";
import { accessRequestType, clusterRequestType, clusterType, serviceProviderType } from "./kinds.ts";
import { tenantNamespace } from "./tenant-namespace.ts";

/** The clusters on which control planes are ordered. */
export type ControlPlaneContext = {
  readonly platform: SimClient;
  readonly onboarding: SimClient;
  readonly clock: SimClock;
  /** Ends what waits. Default: nothing does. */
  readonly signal?: AbortSignal;
};

/** A control plane: its name and its workspace namespace on the onboarding cluster. */
export type ControlPlaneName = { readonly name: string; readonly namespace: string };

/** Label on everything that belongs to a control plane: its name. */
const MCP_NAME_LABEL = "core.openmcp.cloud/mcp-name";

/** Label on everything that belongs to a control plane: its namespace. */
const MCP_NAMESPACE_LABEL = "core.openmcp.cloud/mcp-namespace";

const MANAGED_BY = { "openmcp.cloud/managed-by": "ManagedControlPlane" };

/** Orders a control plane and waits until its cluster is ready and an administrator has access. */
export async function orderControlPlane(context: ControlPlaneContext, mcp: ControlPlaneName): Promise<void> {
  const { platform, onboarding, clock, signal } = context;
  await ensure(onboarding, { apiVersion: "v1", kind: "Namespace", metadata: { name: mcp.namespace } });
  const namespace = tenantNamespace(mcp);
  const labels = labelsOf(mcp);
  await ensure(platform, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
  const request: Obj = {
    ...clusterRequestType,
    metadata: { name: mcp.name, namespace, labels: { ...labels, ...passedOnLabels(mcp) } },
    spec: { purpose: "mcp", waitForClusterDeletion: true },
  };
  await ensure(platform, request);
  await waitFor(clock, async () => isClusterReady(platform, await platform.get(refOf(request))), signal);
  await ensure(platform, {
    ...accessRequestType,
    metadata: { name: adminAccessName(mcp), namespace, labels },
    spec: {
      requestRef: { name: mcp.name, namespace },
      token: { roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] },
    },
  });
}

async function isClusterReady(platform: SimClient, request: Obj): Promise<boolean> {
  const name = textAt(request, "status", "cluster", "name");
  const namespace = textAt(request, "status", "cluster", "namespace");
  const cluster = name === "" ? undefined : await platform.find({ ...clusterType, namespace, name });
  return textAt(cluster, "status", "phase") === "Ready";
}

/**
 * Removes a control plane in the operator's order: services, own access, cluster, tenant namespace.
 *
 * Waits for each step, for as long as a service holds on to its object in the first one.
 */
export async function removeControlPlane(context: ControlPlaneContext, mcp: ControlPlaneName): Promise<void> {
  const { platform, clock, signal } = context;
  const namespace = tenantNamespace(mcp);
  await removeServices(context, mcp);
  const steps: readonly Pick<Obj, "apiVersion" | "kind" | "metadata">[] = [
    { ...accessRequestType, metadata: { name: adminAccessName(mcp), namespace } },
    { ...clusterRequestType, metadata: { name: mcp.name, namespace } },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  ];
  for (const step of steps) {
    await remove(platform, refOf(step));
    await waitFor(clock, async () => (await platform.find(refOf(step))) === undefined, signal);
  }
}

/**
 * Deletes the objects of the control plane's name of every kind that service providers have registered, all at once, and
 * waits until the last one is gone.
 *
 * As to the operator, a registered kind that the API server does not serve is an error: nothing is deleted before it is.
 */
async function removeServices(context: ControlPlaneContext, mcp: ControlPlaneName): Promise<void> {
  const { platform, onboarding, clock, signal } = context;
  await waitFor(
    clock,
    async () => {
      const kinds = registeredKinds(await platform.list(serviceProviderType));
      const areServed = await Promise.all(kinds.map((kind) => onboarding.serves(kind)));
      if (areServed.includes(false)) {
        return false;
      }
      const found = await Promise.all(kinds.map((kind) => onboarding.find({ ...kind, ...mcp })));
      const services = found.filter((service) => service !== undefined);
      const alive = services.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      await Promise.all(alive.map((service) => remove(onboarding, refOf(service))));
      return services.length === 0;
    },
    signal,
  );
}

function registeredKinds(providers: readonly Obj[]): readonly KindRef[] {
  return providers
    .flatMap((provider) => listAt(provider, "status", "resources"))
    .map((resource) => ({
      apiVersion: `${textAt(resource, "group")}/${textAt(resource, "version")}`,
      kind: textAt(resource, "kind"),
    }));
}

function adminAccessName(mcp: ControlPlaneName): string {
  return `admin-${tenantNamespace(mcp).slice(-8)}`;
}

function labelsOf({ name, namespace }: ControlPlaneName): Readonly<Record<string, string>> {
  return { ...MANAGED_BY, [MCP_NAME_LABEL]: labelValue(name), [MCP_NAMESPACE_LABEL]: labelValue(namespace) };
}

/** Labels that the operator has travel to the Cluster, and to those that are requested beside it. */
function passedOnLabels({ name, namespace }: ControlPlaneName): Readonly<Record<string, string>> {
  return { [`${PASSED_ON}cp-name`]: labelValue(name), [`${PASSED_ON}cp-namespace`]: labelValue(namespace) };
}

// A label holds 63 characters and ends with a letter or digit; a name may have 253.
function labelValue(name: string): string {
  return name.slice(0, 63).replace(/[^a-z0-9]+$/, "");
}
