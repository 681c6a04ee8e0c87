import { refOf } from "../../sim/client.ts";
import { remove } from "../../sim/stand-in/remove.ts";
import { SHARD_LABEL } from "../../src/openmcp/service/shards.ts";
import { kindOf, ref } from "../support/kinds.ts";
import type { ClusterKind, Component, Fault, Window } from "./faults.ts";
import { type FaultStage, interfere } from "./interfere.ts";
import { isInstalling } from "./installed.ts";
import { ordersFor } from "./orders.ts";
import { isOwn } from "./own-objects.ts";
import type { Stage } from "./stage.ts";
import { TENANTS } from "./tenants.ts";

/** What can be done to pods of the provider and to everything around them. */
export type Handles = {
  /** Name of the pod that leads, or of one that might. */
  leader(): string | undefined;
  /** Ends a provider as SIGKILL does, and starts it again after a while. */
  crash(pod: string, downMs: number): void;
  /** Holds a provider up as SIGSTOP does; gives what lets it go on. */
  pause(pod: string): () => void;
  /** Sets the clock of a provider's machine. */
  jump(pod: string, byMs: number): void;
  /** Has the API servers of clusters show another certificate; gives what has them show their own again. */
  distrust(on: ClusterKind): () => void;
  /** Kills a part of the world; gives what starts it again. */
  stop(component: Component): () => Promise<void>;
  /** Has a part of the world hear late of what it watches; gives what has it hear in time again. */
  delayNews(component: Component, byMs: number): () => void;
};

/** Puts the faults on their way; tells when the last one ends, and resolves `over` once all have ended. */
export function prepareFaults(
  faults: readonly Fault[],
  world: Stage,
  handles: Handles,
): { readonly endMs: number; readonly over: Promise<void> } {
  const startMs = world.clock.now();
  const stage: FaultStage = {
    clock: world.clock,
    random: world.random,
    startMs,
    crash: (pod, downMs) => handles.crash(pod, downMs),
    isOver: () => world.isOver,
    leader: () => handles.leader(),
    revisionAt: (cluster, atMs) => world.revisionAt(cluster, atMs),
  };
  const played = faults.map(async (fault) => {
    const interference = interfere(fault, stage);
    if (interference !== undefined) {
      world.interferences.push(interference);
    }
    await playFault(fault, world, handles);
  });
  const over = Promise.all(played).then(() => undefined);
  return { endMs: startMs + Math.max(0, ...faults.map(endOf)), over };
}

async function playFault(fault: Fault, world: Stage, handles: Handles): Promise<void> {
  if (fault.do === "jump") {
    await world.clock.sleep(fault.atMs);
    withLeader(handles, (pod) => handles.jump(pod, fault.byMs));
  } else if (fault.do === "meddle") {
    await world.clock.sleep(fault.atMs);
    await meddle(fault, world);
  } else if (fault.do === "move") {
    await world.clock.sleep(fault.atMs);
    await move(fault, world);
  } else if (fault.do === "pause") {
    await within(fault.window, world, () => withLeader(handles, (pod) => handles.pause(pod)));
  } else if (fault.do === "distrust") {
    await within(fault.window, world, () => handles.distrust(fault.on));
  } else if (fault.do === "stop") {
    await within(fault.window, world, () => handles.stop(fault.component));
  } else if (fault.do === "stopInstalling") {
    await world.until(() => isInstalling(world.ground.clusters));
    await within({ fromMs: 0, forMs: fault.forMs }, world, () => handles.stop(fault.component));
  } else if (fault.do === "behind") {
    await within(fault.window, world, () => handles.delayNews(fault.component, fault.byMs));
  }
}

function withLeader<T>(handles: Handles, act: (pod: string) => T): T | undefined {
  const pod = handles.leader();
  return pod === undefined ? undefined : act(pod);
}

async function within(window: Window, { clock }: Stage, begin: () => (() => unknown) | undefined): Promise<void> {
  await clock.sleep(window.fromMs);
  const end = begin();
  await clock.sleep(window.forMs);
  await end?.();
}

/** Deletes what the provider has made for tenants who ask for something, behind its back. */
async function meddle({ with: what }: Fault & { readonly do: "meddle" }, world: Stage): Promise<void> {
  const { client } = world.ground.platform;
  const kind = what === "AccessRequest" ? "accessRequest" : what === "OCIRepository" ? "ociRepository" : "secret";
  for (const object of await client.list(kindOf(kind))) {
    if (isOwn(object) && ordersFor(world.ground.clusters, object.metadata.namespace ?? "").length > 0) {
      await remove(client, refOf(object));
    }
  }
}

/** Gives tenants to another shard. */
async function move({ to }: Fault & { readonly do: "move" }, { ground }: Stage): Promise<void> {
  const { client } = ground.onboarding;
  for (const namespace of new Set(Object.values(TENANTS).map((tenant) => tenant.namespace))) {
    const object = ref("namespace", namespace);
    if ((await client.find(object)) !== undefined) {
      await client.patchMerge(object, { metadata: { labels: { [SHARD_LABEL]: to } } });
    }
  }
}

function endOf(fault: Fault): number {
  if (fault.do === "crash") {
    return fault.downMs;
  }
  if (fault.do === "stopInstalling") {
    return fault.forMs;
  }
  return "atMs" in fault ? fault.atMs : fault.window.fromMs + fault.window.forMs;
}
