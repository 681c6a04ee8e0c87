import { kubeTime } from "../../sim/stand-in/kube-time.ts";
import type { ContainerState } from "./container-state.ts";
import type { Pod, PodContainer } from "./pod.ts";

/** What the node knows about a container of a pod. */
export type ContainerRecord = {
  readonly state: ContainerState;
  /** How it ended the time before. */
  readonly lastState?: ContainerState;
  readonly restartCount: number;
};

/** What the node knows about a pod. */
export type PodRecord = {
  readonly podIP: string;
  readonly hostIP: string;
  readonly startedAtMs: number;
  readonly initialized: boolean;
  /** By name, init containers included. */
  readonly containers: ReadonlyMap<string, ContainerRecord>;
  /** Set once no container will be started again. */
  readonly result?: "Succeeded" | "Failed";
};

/** The status of a pod as a kubelet writes it. A container without probes is ready while it runs. */
export function podStatus(pod: Pod, record: PodRecord): object {
  const { spec } = pod;
  const statuses = spec.containers.map((container) => statusOf(container, record));
  const isReady = record.result === undefined && statuses.every(({ ready }) => ready);
  return {
    phase: record.result ?? (record.initialized && statuses.some(({ started }) => started) ? "Running" : "Pending"),
    hostIP: record.hostIP,
    podIP: record.podIP,
    podIPs: [{ ip: record.podIP }],
    startTime: kubeTime(record.startedAtMs),
    conditions: [
      condition("PodScheduled", true),
      condition("Initialized", record.initialized),
      condition("ContainersReady", isReady),
      condition("Ready", isReady),
    ],
    initContainerStatuses: (spec.initContainers ?? []).map((container) => statusOf(container, record)),
    containerStatuses: statuses,
  };
}

function condition(type: string, isTrue: boolean): object {
  return { type, status: isTrue ? "True" : "False" };
}

type ContainerStatus = { readonly ready: boolean; readonly started: boolean; readonly [field: string]: unknown };

function statusOf({ name, image }: PodContainer, { containers }: PodRecord): ContainerStatus {
  const {
    state = { waiting: { reason: "PodInitializing" } },
    lastState = {},
    restartCount = 0,
  } = containers.get(name) ?? {};
  return {
    name,
    image,
    imageID: "",
    ready: "running" in state,
    started: "running" in state || restartCount > 0,
    restartCount,
    state,
    lastState,
  };
}
