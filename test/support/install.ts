import type { ControlPlaneRef } from "../../ground/ground.ts";
import { awaitReady } from "./ocm-status.ts";
import { ocm, type Tenant, type World } from "./world.ts";

/** What it takes to install. */
type Installer = Pick<World, "order" | "onboarding"> & { readonly ground: Pick<World["ground"], "charts"> };

/** Orders a control plane, asks for the first version of the chart and waits until it is Ready. */
export async function install(world: Installer, plane: ControlPlaneRef): Promise<Tenant> {
  const tenant = await world.order(plane);
  await reinstall(world, tenant);
  return tenant;
}

/** The same on a control plane that is there. */
export async function reinstall(world: Omit<Installer, "order">, tenant: Tenant): Promise<void> {
  const [version = ""] = world.ground.charts.versions;
  await world.onboarding.create(ocm(tenant, version));
  await awaitReady(world.onboarding, tenant, version);
}
