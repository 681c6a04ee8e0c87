import { OPERATOR_IMAGE } from "../../../ground/real/operator/operator-objects.ts";
import type { Component } from "../faults.ts";
import { leadingPod } from "../leading-pod.ts";
import { TENANTS } from "../tenants.ts";
import type { Handles } from "../play-faults.ts";
import type { RealStage } from "./real-stage.ts";

/** Something that can be killed, and started again unless it is started again by itself. */
type Part = { kill(): Promise<unknown>; restart?(): Promise<unknown> };

/** Hands on the processes of a real platform. */
export function realHandles(stage: RealStage): Handles {
  const containerOf = (wanted: string): ReturnType<typeof stage.platform.providers>[number] | undefined =>
    stage.platform.providers().find(({ pod }) => pod === wanted);
  return {
    leader: () => containerOf(leadingPod(stage.ground.clusters))?.pod,
    // Its node starts it again.
    crash: (pod) => void containerOf(pod)?.kill(),
    pause: (pod) => {
      const pid = containerOf(pod)?.pid;
      signal(pid, "SIGSTOP");
      return () => signal(pid, "SIGCONT");
    },
    jump: () => {
      throw new Error("expected no fault that sets the clock of this machine");
    },
    delayNews: () => {
      throw new Error("expected no fault between Flux and its API server");
    },
    distrust: (on) => {
      const servers = stage.interposedBefore(on);
      servers.forEach((server) => server.showForeignCertificate());
      return () => servers.forEach((server) => server.showOwnCertificate());
    },
    stop: (component) => {
      const parts = partsOf(component, stage);
      const killed = Promise.all(parts.map((part) => part.kill()));
      return async () => {
        await killed;
        await Promise.all(parts.map((part) => part.restart?.() ?? Promise.resolve()));
      };
    },
  };
}

function signal(pid: number | undefined, name: "SIGSTOP" | "SIGCONT"): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(pid, name);
  } catch {
    // It has been killed meanwhile.
  }
}

function partsOf(component: Component, { platform }: RealStage): readonly Part[] {
  const { servers, controlPlanes, etcd, flux, registry, agent } = platform;
  const parts: Readonly<Record<Component, () => readonly (Part | undefined)[]>> = {
    "platform API server": () => [servers.platform],
    "onboarding API server": () => [servers.onboarding],
    "mcp API server": () => Object.values(TENANTS).map((tenant) => controlPlanes.find(tenant)),
    etcd: () => [etcd],
    "platform operator": () => agent.containersOf(OPERATOR_IMAGE),
    "source-controller": () => [flux?.sourceController],
    "helm-controller": () => [flux?.helmController],
    registry: () => [registry],
  };
  return parts[component]().filter((part) => part !== undefined);
}
