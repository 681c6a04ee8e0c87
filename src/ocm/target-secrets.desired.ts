import { createHash } from "node:crypto";

import type { PostRenderer } from "../flux/helm-release.ts";
import type { Secret } from "../kube/core.ts";
import type { OperatorObjects } from "../openmcp/service/definition.ts";
import { ANNOTATIONS } from "./annotations.ts";
import { copyName, type Needs } from "./chart-secrets.desired.ts";
import { CA_KEY, contentOf, type Fault } from "../openmcp/service/operator-objects.ts";
import { RELEASE_NAMESPACE, type Names } from "./names.ts";

/** The Secrets that the toolkit's pods need on the target, or the reason why there are none. */
export type TargetSecrets =
  | {
      readonly secrets: readonly Secret[];
      /** False if the pods may also need other Secrets of ours that exist. */
      readonly isComplete: boolean;
    }
  | { readonly blocker: Fault & { readonly state: "failed" } };

/** Builds the Secrets for the toolkit's namespace on the target. Image pull secrets keep the names in the values. */
export function desiredTargetSecrets(needs: Needs, operator: OperatorObjects, names: Names): TargetSecrets {
  const { ca, imagePullSecrets, isComplete } = needs;
  const secrets: Secret[] = [];
  for (const reference of ca === undefined ? imagePullSecrets : [...imagePullSecrets, ca]) {
    const content = contentOf(reference, operator);
    if ("reason" in content) {
      return { blocker: { state: "failed", ...content } };
    }
    const name = reference === ca ? copyName("ca", ca.name) : reference.name;
    const metadata = { namespace: RELEASE_NAMESPACE, name, labels: names.labels };
    secrets.push({ apiVersion: "v1", kind: "Secret", metadata, ...content });
  }
  return { secrets, isComplete };
}

const FOLDER = "/etc/ocm-ca-bundle";
const VOLUME = "ocm-ca-bundle";
const CONTAINER = "manager";

/**
 * Returns the post renderers that mount the CA bundle into the toolkit's pods, since the chart has no values for that.
 *
 * The pods trust its certificates beside those of the image: Go reads every folder of `SSL_CERT_DIR` and, besides, the
 * one file of the system. Go reads them once, so the pods carry a digest of the bundle and restart when it changes.
 */
export function desiredPostRenderers({ ca }: Needs, operator: OperatorObjects): readonly PostRenderer[] | undefined {
  const content = ca && contentOf(ca, operator);
  if (ca === undefined || content === undefined || "reason" in content) {
    return undefined;
  }
  const digest = createHash("sha256")
    .update(content.data?.[CA_KEY] ?? "")
    .digest("hex");
  const patch = mountPatch(copyName("ca", ca.name), digest);
  return [{ kustomize: { patches: [{ target: { kind: "Deployment" }, patch: JSON.stringify(patch) }] } }];
}

function mountPatch(secretName: string, digest: string): unknown {
  const container = {
    name: CONTAINER,
    env: [{ name: "SSL_CERT_DIR", value: `/etc/ssl/certs:${FOLDER}` }],
    volumeMounts: [{ name: VOLUME, mountPath: FOLDER, readOnly: true }],
  };
  const volume = { name: VOLUME, secret: { secretName } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "any" },
    spec: {
      template: {
        metadata: { annotations: { [ANNOTATIONS.caBundle]: digest } },
        spec: { containers: [container], volumes: [volume] },
      },
    },
  };
}
