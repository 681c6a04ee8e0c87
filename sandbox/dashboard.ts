import { join } from "node:path";

import { type DashboardProcess, startDashboardProcess } from "../ground/dashboard-process.ts";
import type { Stage } from "./stage.ts";

/** Where the page finds its tenants. */
export type DashboardSurroundings = {
  readonly stage: Pick<Stage, "ground" | "play">;
  readonly folder: string;
  readonly cleanup: AsyncDisposableStack;
  readonly signal: AbortSignal;
};

/** Starts the command `dashboard` as an operator of the platform would, and stops it in the end. */
export async function showDashboard(surroundings: DashboardSurroundings): Promise<DashboardProcess> {
  const { stage, folder, cleanup, signal } = surroundings;
  const { program, providerName } = stage.play;
  const dashboard = await startDashboardProcess({
    ...(program !== undefined && { program }),
    providerName,
    kubeconfigPath: stage.ground.platform.kubeconfigPath,
    logPath: join(folder, "logs", "dashboard.log"),
    signal,
  });
  cleanup.defer(() => dashboard.stop());
  return dashboard;
}
