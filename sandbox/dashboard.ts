import { join } from "node:path";

import { startDashboardProcess } from "../ground/dashboard-process.ts";
import type { Screen } from "./screen.ts";
import type { Stage } from "./stage.ts";

/** Where the page finds its tenants. */
export type DashboardSurroundings = {
  readonly stage: Pick<Stage, "ground" | "play">;
  readonly folder: string;
  readonly screen: Pick<Screen, "say">;
  readonly cleanup: AsyncDisposableStack;
  readonly signal: AbortSignal;
};

/** Starts the command `dashboard` as an operator of the platform would, says where, and stops it in the end. */
export async function showDashboard(surroundings: DashboardSurroundings): Promise<void> {
  const { stage, folder, screen, cleanup, signal } = surroundings;
  const { program, providerName } = stage.play;
  const { platform, onboarding } = stage.ground;
  const dashboard = await startDashboardProcess({
    ...(program !== undefined && { program }),
    providerName,
    kubeconfigPath: platform.kubeconfigPath,
    onboardingKubeconfigPath: onboarding.kubeconfigPath,
    logPath: join(folder, "logs", "dashboard.log"),
    signal,
  });
  cleanup.defer(() => dashboard.stop());
  screen.say(`\nThe tenants, as they change: ${dashboard.address}\n`);
}
