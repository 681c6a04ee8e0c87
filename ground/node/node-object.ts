import type { Obj } from "../../sim/object.ts";

/** A ready node with room for everything, as a kubelet announces itself. */
export function nodeObject({
  name,
  address,
  runBy,
}: {
  readonly name: string;
  readonly address: string;
  /** Who plays the kubelet. */
  readonly runBy: string;
}): Obj {
  const resources = { cpu: "64", memory: "256Gi", pods: "1000" };
  const since = `${new Date().toISOString().slice(0, 19)}Z`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" } },
    // A Node is the rare object whose status counts on creation.
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [{ type: "InternalIP", address }],
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "KubeletReady",
          message: `played by ${runBy}`,
          lastHeartbeatTime: since,
          lastTransitionTime: since,
        },
      ],
    },
  };
}
