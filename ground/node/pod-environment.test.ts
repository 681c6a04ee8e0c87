import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Pod, PodContainer } from "./pod.ts";
import { podEnvironment } from "./pod-environment.ts";

describe("podEnvironment", () => {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "sp-ocm-1", namespace: "openmcp-system" },
    spec: { containers: [], serviceAccountName: "sp-ocm" },
  };
  it("gives what the operator asks for: the pod's name, address and account, and plain values", () => {
    const container: PodContainer = {
      name: "run",
      image: "image",
      env: [
        { name: "PLAIN", value: "text" },
        ...(field("POD_NAME", "metadata.name").env ?? []),
        ...(field("POD_IP", "status.podIP").env ?? []),
        ...(field("POD_SERVICE_ACCOUNT_NAME", "spec.serviceAccountName").env ?? []),
      ],
    };

    assert.deepEqual(podEnvironment(pod, container, "127.70.1.2"), {
      PLAIN: "text",
      POD_NAME: "sp-ocm-1",
      POD_IP: "127.70.1.2",
      POD_SERVICE_ACCOUNT_NAME: "sp-ocm",
    });
  });

  it("refuses a field that the pod does not have", () => {
    assert.throws(() => podEnvironment(pod, field("UID", "metadata.uid"), "127.70.1.2"), /metadata\.uid/u);
  });
});

function field(name: string, fieldPath: string): PodContainer {
  return { name: "run", image: "image", env: [{ name, valueFrom: { fieldRef: { fieldPath } } }] };
}
