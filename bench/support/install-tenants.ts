import type { ControlPlaneRef } from "../../ground/ground.ts";
import { isReady } from "../../test/support/ocm-status.ts";
import { ocm } from "../../test/support/world.ts";
import { withDeadline } from "./deadline.ts";
import type { OcmWatch } from "./ocm-watch.ts";
import type { Stage } from "./stage.ts";

/** Creates the OCM objects of control planes, all at once, and waits until all are Ready. */
export async function installTenants(
  { ground, onboarding }: Stage,
  watch: OcmWatch,
  planes: readonly ControlPlaneRef[],
): Promise<void> {
  const [version = ""] = ground.charts.versions;
  const ready = planes.map((plane) => watch.until(plane, isReady));
  await Promise.all(planes.map((plane) => onboarding.create(ocm(plane, version))));
  await withDeadline(Promise.all(ready), `${planes.length} tenants are Ready`);
}
