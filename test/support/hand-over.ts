import type { ChartSource } from "../../ground/ground.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { textAt } from "../../sim/value-at.ts";
import { leadingGroup, type Row } from "./group-matrix.ts";
import { inTenantNamespace, kubeconfigsOf, leftOf, ordersOf, type Sites } from "./installation.ts";
import { kindOf, ocmRef } from "./kinds.ts";
import { isReady, type ServiceObj } from "./ocm-status.ts";
import { refsOf } from "./tenant-refs.ts";
import { ocm, type Tenant, type World } from "./world.ts";

const PATIENCE_MS = 180_000;

/** Where the objects of a tenant change hands; the clusters may be real, or in this process on a virtual clock. */
export type Stage = {
  readonly sites: Required<Sites>;
  readonly charts: ChartSource;
  /** What was in the tenant's namespace at first. */
  readonly before: readonly string[];
  /** Lets time pass until something holds; fails when that takes too long. */
  readonly until: (what: string, holds: () => Promise<boolean>) => Promise<void>;
};

/** The stage of a tenant on a ground, once the platform has answered all requests that are there. */
export async function stageOf({ platform, onboarding, ground }: World, tenant: Tenant): Promise<Stage> {
  const sites = { plane: tenant, platform, onboarding, target: tenant.mcp };
  await untilOnGround("all requests are granted", async () => {
    const requests = await platform.list(kindOf("accessRequest", tenant.tenantNamespace));
    return requests.every((request) => textAt(request, "status", "phase") === "Granted");
  });
  return { sites, charts: ground.charts, before: await inTenantNamespace(sites), until: untilOnGround };
}

function untilOnGround(what: string, holds: () => Promise<boolean>): Promise<void> {
  return waitUntil(holds, { what, withinMs: PATIENCE_MS, everyMs: 100 });
}

/** Creates the OCM objects of API groups that ask for a version. Default: the first. */
export async function ask({ sites, charts }: Stage, groups: readonly string[], version?: string): Promise<void> {
  for (const group of groups) {
    await sites.onboarding.create(ocm({ ...sites.plane, group }, version ?? charts.versions[0] ?? ""));
  }
}

/** Deletes the OCM objects of API groups. */
export async function withdraw({ sites }: Stage, groups: readonly string[]): Promise<void> {
  for (const group of groups) {
    await sites.onboarding.delete(ocmRef({ ...sites.plane, group }));
  }
}

/** Has the tenant have the wanted objects, at once: no object waits for the hand-over. */
export async function change(stage: Stage, { leftover: { groups }, wanted }: Row): Promise<void> {
  await ask(
    stage,
    wanted.filter((group) => !groups.includes(group)),
  );
  await withdraw(
    stage,
    groups.filter((group) => !wanted.includes(group)),
  );
}

/**
 * Waits until the OCM objects of exactly these API groups are there, and each says that a version is installed.
 *
 * Then the leader has the only finalizer and the only access, and nothing is left of a predecessor.
 */
export async function untilServed(stage: Stage, groups: readonly string[], version?: string): Promise<void> {
  try {
    await awaitService(stage, groups, version ?? stage.charts.versions[0] ?? "");
  } catch (error) {
    const found = await Promise.all([
      ordersOf(stage.sites).then((orders) => orders.map(said)),
      inTenantNamespace(stage.sites),
    ]);
    throw new Error(`found ${found.flat().join("; ")}`, { cause: error });
  }
}

async function awaitService(
  { sites, before, until }: Stage,
  groups: readonly string[],
  version: string,
): Promise<void> {
  const leader = leadingGroup(groups);
  await until(`the objects of ${groups.join(" and ")} are Ready`, async () => {
    const orders = await ordersOf(sites);
    return orders.map(groupOf).join() === groups.join() && orders.every((order) => isInstalled(order, version));
  });
  await until(`the object of ${leader} has the only finalizer, and the only access`, async () => {
    const finalizers = (await ordersOf(sites)).flatMap(({ metadata }) => metadata.finalizers ?? []);
    return finalizers.join() === `${leader}/finalizer` && (await hasOnlyAccess({ sites, before }, leader));
  });
}

/** Waits until nothing is left of the tenant but what was in its namespace at first. */
export function untilNothingIsLeft({ sites, before, until }: Stage): Promise<void> {
  return until("nothing is left", async () => (await leftOf(sites, before)).length === 0);
}

function isInstalled(order: ServiceObj, version: string): boolean {
  return isReady(order) && order.status?.installedVersion === version;
}

/** What an OCM object says about itself, for the reader of a failure. */
function said({ apiVersion, metadata, status }: ServiceObj): string {
  const conditions = (status?.conditions ?? []).map(
    ({ type, ...one }) => `${type} ${one.status} ${one.reason}: ${one.message}`,
  );
  const state = metadata.deletionTimestamp === undefined ? "" : " (being deleted)";
  return `${apiVersion}${state} ${(metadata.finalizers ?? []).join()}: ${conditions.join(", ")}`;
}

function groupOf({ apiVersion }: ServiceObj): string {
  return apiVersion.split("/")[0] ?? "";
}

async function hasOnlyAccess({ sites, before }: Pick<Stage, "sites" | "before">, group: string): Promise<boolean> {
  const { plane, platform } = sites;
  const tenant = { ...plane, tenantNamespace: tenantNamespace(plane.name, plane.namespace) };
  const { accessRequest, source, release } = refsOf(tenant, group);
  const made = (await inTenantNamespace(sites)).filter((name) => !before.includes(name) && !name.startsWith("Secret "));
  const secretName = textAt(await platform.find(accessRequest), "status", "secretRef", "name");
  return (
    made.join() === [accessRequest, release, source].map(({ kind, name }) => `${kind} ${name}`).join() &&
    (await kubeconfigsOf(sites)).join() === secretName
  );
}
