import { certificateError } from "./components.ts";
import type { Interference } from "./exchange.ts";
import type { Component } from "./faults.ts";
import { leadingPod } from "./leading-pod.ts";
import type { Handles } from "./play-faults.ts";
import type { Provider } from "./provider.ts";
import type { World } from "./world.ts";

/** Hands on the parts of a simulated world. */
export function simulatedHandles(world: World): Handles {
  const find = (pod: string): Provider | undefined => world.providers.find(({ podName }) => podName === pod);
  return {
    leader: () => (find(leadingPod(world.ground.clusters)) ?? world.providers[0])?.podName,
    crash: (pod, downMs) => void find(pod)?.restart(downMs),
    pause: (pod) => {
      find(pod)?.clock.pause();
      return () => find(pod)?.clock.resume();
    },
    jump: (pod, byMs) => find(pod)?.clock.jump(byMs),
    distrust: (on) => {
      const refusal: Interference = (exchange, send) =>
        exchange.kind === on ? Promise.reject(certificateError()) : send(exchange);
      world.interferences.push(refusal);
      return () => void world.interferences.splice(world.interferences.indexOf(refusal), 1);
    },
    stop: (component) => {
      const parts = partsOf(component, world);
      parts.forEach((part) => world.components.stop(part));
      const setRegistryDown = (isDown: boolean): void => {
        if (component === "registry") {
          world.ground.registry.setDown(isDown);
        }
      };
      setRegistryDown(true);
      return () => {
        parts.forEach((part) => world.components.start(part));
        setRegistryDown(false);
        return Promise.resolve();
      };
    },
    delayNews: (component, byMs) => {
      const parts = partsOf(component, world);
      parts.forEach((part) => world.components.delayNews(part, byMs));
      return () => parts.forEach((part) => world.components.delayNews(part, 0));
    },
  };
}

function partsOf(component: Component, world: World): readonly string[] {
  if (component === "etcd") {
    return [...world.ground.clusters.values()].map(({ server }) => server);
  }
  const kind = /^(platform|onboarding|mcp) API server$/.exec(component)?.[1];
  return kind === "platform" || kind === "onboarding" || kind === "mcp" ? world.serversOf(kind) : [component];
}
