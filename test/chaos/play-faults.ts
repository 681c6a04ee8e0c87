import { remove } from "../../sim/stand-in/remove.ts";
import { kindOf } from "../support/kinds.ts";
import { POD_NAMESPACE } from "../support/world.ts";
import type { Fault, Window } from "./faults.ts";
import { interfere, type FaultStage } from "./interfere.ts";
import type { Provider } from "./provider.ts";
import type { World } from "./world.ts";

/** Puts the faults on their way, and returns when the last one is over. */
export function prepareFaults(faults: readonly Fault[], world: World): number {
  const startMs = world.clock.now();
  const stage: FaultStage = {
    clock: world.clock,
    random: world.random,
    startMs,
    crash: (name, downMs) => void world.providers.find(({ podName }) => podName === name)?.restart(downMs),
    isOver: () => world.isOver,
    leader: () => leaderOf(world)?.podName,
    revisionAt: (cluster, atMs) => world.revisionAt(cluster, atMs),
  };
  for (const fault of faults) {
    const interference = interfere(fault, stage);
    if (interference !== undefined) {
      world.interferences.push(interference);
    }
    void playFault(fault, world);
  }
  return startMs + Math.max(0, ...faults.map(endOf));
}

async function playFault(fault: Fault, world: World): Promise<void> {
  if (fault.do === "jump") {
    await world.clock.sleep(fault.atMs);
    leaderOf(world)?.clock.jump(fault.byMs);
  } else if (fault.do === "meddle") {
    await world.clock.sleep(fault.atMs);
    await meddle(fault, world);
  } else if (fault.do === "pause") {
    await within(fault.window, world, { begin: () => pauseLeader(world), end: (pod) => pod?.clock.resume() });
  } else if (fault.do === "stop") {
    await within(fault.window, world, {
      begin: () => partsOf(fault.component, world),
      end: (parts) => {
        parts.forEach((part) => world.components.start(part));
        world.simulation.registry.setDown(false);
      },
    });
  }
}

async function within<T>(
  window: Window,
  world: World,
  act: { begin: () => T; end: (begun: T) => void },
): Promise<void> {
  await world.clock.sleep(window.fromMs);
  const begun = act.begin();
  await world.clock.sleep(window.forMs);
  act.end(begun);
}

function pauseLeader(world: World): Provider | undefined {
  const leader = leaderOf(world);
  leader?.clock.pause();
  return leader;
}

function leaderOf({ providers, simulation }: World): Provider | undefined {
  const lease = simulation.platform.api.peek("leases.coordination.k8s.io", `${POD_NAMESPACE}/sp-ocm`);
  const holder = JSON.stringify(lease?.["spec"] ?? {});
  return providers.find(({ podName }) => holder.includes(`"${podName}_`)) ?? providers[0];
}

/** Deletes what the provider has made for a tenant, behind its back. */
async function meddle({ with: what }: Fault & { readonly do: "meddle" }, world: World): Promise<void> {
  const { client } = world.simulation.platform;
  const kind = what === "AccessRequest" ? "accessRequest" : what === "OCIRepository" ? "ociRepository" : "secret";
  for (const { kind: found, apiVersion, metadata } of await client.list(kindOf(kind))) {
    const isMeant =
      metadata.namespace?.startsWith("mcp--") === true &&
      metadata.labels?.["openmcp.cloud/managed-by"] === "ocm.services.openmcp.cloud";
    if (isMeant) {
      await remove(client, { apiVersion, kind: found, name: metadata.name, namespace: metadata.namespace });
    }
  }
}

function partsOf(component: string, world: World): readonly string[] {
  const kind = /^(platform|onboarding|mcp) API server$/.exec(component)?.[1];
  const parts = kind === "platform" || kind === "onboarding" || kind === "mcp" ? world.serversOf(kind) : [component];
  parts.forEach((part) => world.components.stop(part));
  if (component === "registry") {
    world.simulation.registry.setDown(true);
  }
  return parts;
}

function endOf(fault: Fault): number {
  if (fault.do === "crash") {
    return fault.downMs;
  }
  return fault.do === "jump" || fault.do === "meddle" ? fault.atMs : fault.window.fromMs + fault.window.forMs;
}
