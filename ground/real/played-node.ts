import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RealApiServer } from "./api-server.ts";
import { connectAsAdmin } from "./connect-as-admin.ts";
import { ensureBinaries } from "./ensure-binaries.ts";
import type { ControllerOptions } from "./kubernetes-controllers.ts";
import { nodeObject } from "../node/node-object.ts";
import { type OwnRestartableProcess, startRestartable } from "./restartable-process.ts";

/** Starts kwok, which plays the kubelet: pods on the one node it creates become ready without containers. */
export async function startPlayedNode(
  options: Omit<ControllerOptions, "cluster"> & { readonly cluster: RealApiServer },
): Promise<OwnRestartableProcess> {
  const { kwok: path } = await ensureBinaries(["kwok"], options);
  const configPath = join(options.folder, `${options.id}-kwok.yaml`);
  await writeFile(configPath, [podReady, podDelete, nodeDelete].map((stage) => JSON.stringify(stage)).join("\n---\n"));
  await connectAsAdmin(options.cluster).create(nodeObject({ name: "node-1", address: "10.0.1.1", runBy: "kwok" }));
  return startRestartable({
    name: `kwok of ${options.id}`,
    path,
    args: [
      `--kubeconfig=${options.cluster.kubeconfigPath}`,
      `--config=${configPath}`,
      "--manage-all-nodes=true",
      "--node-lease-duration-seconds=0",
    ],
    logPath: join(options.folder, "logs", `${options.id}-kwok.log`),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

const STAGE = { apiVersion: "kwok.x-k8s.io/v1alpha1", kind: "Stage" };
const POD = { apiGroup: "v1", kind: "Pod" };

const deleteWhenAsked = {
  selector: { matchExpressions: [{ key: ".metadata.deletionTimestamp", operator: "Exists" }] },
  next: { delete: true },
};

const podReady: object = {
  ...STAGE,
  metadata: { name: "pod-ready" },
  spec: {
    resourceRef: POD,
    selector: {
      matchExpressions: [
        { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" },
        { key: ".status.phase", operator: "In", values: ["Pending"] },
      ],
    },
    next: {
      statusTemplate: `
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
{{ range $type := (list "PodReadyToStartContainers" "Initialized" "ContainersReady" "Ready") }}
- type: {{ $type | Quote }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
`,
    },
  },
};

const podDelete: object = {
  ...STAGE,
  metadata: { name: "pod-delete" },
  spec: { resourceRef: POD, ...deleteWhenAsked },
};

// Never needed for itself, but kwok manages nodes, and with them their pods, only when it has a stage for nodes.
const nodeDelete: object = {
  ...STAGE,
  metadata: { name: "node-delete" },
  spec: { resourceRef: { apiGroup: "v1", kind: "Node" }, ...deleteWhenAsked },
};
