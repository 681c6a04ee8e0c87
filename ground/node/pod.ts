import type { Obj } from "../../sim/object.ts";

/** The kind of pods. */
export const podType = { apiVersion: "v1", kind: "Pod" } as const;

/** An environment variable of a container. */
export type PodVariable = {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
};

/** What a pod says about one of its containers. */
export type PodContainer = {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly PodVariable[];
};

/** A pod, as far as the node agent understands pods. */
export type Pod = Obj & {
  readonly spec: {
    readonly containers: readonly PodContainer[];
    readonly initContainers?: readonly PodContainer[];
    readonly restartPolicy?: "Always" | "OnFailure" | "Never";
    readonly serviceAccountName?: string;
    readonly terminationGracePeriodSeconds?: number;
  };
  readonly status?: { readonly phase?: string; readonly podIP?: string };
};
