import { systemClock } from "../kube/clock.ts";
import { runGroup } from "../runtime/group.ts";
import { Health } from "../runtime/health.ts";
import { createMetrics } from "../runtime/metrics.ts";
import type { CommandContext } from "./command-context.ts";
import { lead } from "./lead.ts";
import type { Options } from "./options.ts";
import { Readiness } from "./readiness.ts";
import { startServers } from "./servers.ts";
import { serveTenants, type ServeDeps } from "./serve-tenants.ts";
import { openWorkplace } from "./workplace.ts";

/** A kubelet kills 30 s after it has asked to stop. */
const STOP_MS = 27_000;

/**
 * Serves OCM objects until the process is asked to stop.
 *
 * Then running reconciles are given time to finish. Rejects when the clusters cannot be used, or the lease was lost.
 */
export async function run(options: Options, context: CommandContext): Promise<void> {
  const metrics = createMetrics({ clock: systemClock });
  const workplace = await openWorkplace(options, context, metrics.request);
  const { clock, log, signal } = workplace;
  const health = new Health({ clock });
  const readiness = new Readiness();
  health.addPrerequisite({ name: "caches", isMet: () => readiness.isMet() });
  health.addPrerequisite({ name: "running", isMet: () => !signal.aborted });
  const servers = await startServers(options, { health, metrics, clock, log });
  const deps: ServeDeps = { options, workplace, metrics, health, readiness, podName: context.env["POD_NAME"] ?? "" };

  const work = (stop: AbortSignal): Promise<void> =>
    options.leaderElect ? lead(serveTenants, deps, stop) : serveTenants(deps, stop);
  try {
    await runGroup([{ name: "provider", run: work }, ...servers.loops], { clock, log, signal, stopMs: STOP_MS });
  } finally {
    await Promise.all([servers.close(), workplace.close()]);
  }
  log.info("stopped");
}
