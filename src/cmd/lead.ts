import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

import { runAsLeader } from "../runtime/leader.ts";
import type { ServeDeps } from "./serve-tenants.ts";
import { fenced } from "./workplace.ts";

/**
 * Does `work` while this process holds the provider's Lease in its own namespace; without it, nothing is written.
 *
 * Rejects when the Lease was lost: the process has to end, as somebody else works from now on.
 */
export async function lead(
  work: (deps: ServeDeps, signal: AbortSignal) => Promise<void>,
  deps: ServeDeps,
  signal: AbortSignal,
): Promise<void> {
  const { platform, namespace, clock, random, log } = deps.workplace;
  const name = `sp-${deps.options.providerName}`;
  deps.metrics.leader(name, false);
  deps.readiness.standBy();
  const end = await runAsLeader({
    client: platform,
    namespace,
    name,
    // A pod that is restarted keeps its name, so the name alone does not tell two processes apart.
    identity: `${deps.podName === "" ? hostname() : deps.podName}_${randomUUID()}`,
    clock,
    random,
    log,
    signal,
    onLeading: () => {
      deps.metrics.leader(name, true);
      deps.readiness.leads();
    },
    lead: (stop, isLeading) => work({ ...deps, workplace: fenced(deps.workplace, isLeading) }, stop),
  });
  deps.metrics.leader(name, false);
  if (end === "lost") {
    throw new Error(`the Lease "${name}" was lost`);
  }
}
