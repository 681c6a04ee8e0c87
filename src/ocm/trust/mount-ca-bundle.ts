import { createHash } from "node:crypto";

import type { PostRenderer } from "../../flux/helm-release.ts";
import { ANNOTATIONS } from "../annotations.ts";

const FOLDER = "/etc/ocm-ca-bundle";
const VOLUME = "ocm-ca-bundle";
const CONTAINER = "manager";

/**
 * Mounts a bundle of certificates into the toolkit's pods, since the chart has no values for that.
 *
 * Its authorities are trusted beside those of the image: Go reads every folder of `SSL_CERT_DIR` and, besides, the one
 * file of the system. It reads them once, so the pods carry a digest of the bundle and start anew when it is rotated.
 */
export function mountCABundle(secretName: string, bundle: string): PostRenderer {
  const digest = createHash("sha256").update(bundle).digest("hex");
  const patch = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "any" },
    spec: {
      template: {
        metadata: { annotations: { [ANNOTATIONS.caBundle]: digest } },
        spec: {
          containers: [
            {
              name: CONTAINER,
              env: [{ name: "SSL_CERT_DIR", value: `/etc/ssl/certs:${FOLDER}` }],
              volumeMounts: [{ name: VOLUME, mountPath: FOLDER, readOnly: true }],
            },
          ],
          volumes: [{ name: VOLUME, secret: { secretName } }],
        },
      },
    },
  };
  return { kustomize: { patches: [{ target: { kind: "Deployment" }, patch: JSON.stringify(patch) }] } };
}
