import { createHash } from "node:crypto";

import { dump } from "js-yaml";

import type { Obj } from "../object.ts";
import { textAt } from "../value-at.ts";
import type { AccessToken, ClusterEndpoint, PlatformContext } from "./platform-context.ts";

const LONGEST = 45;
const KEPT = 36;
const HASH_LENGTH = 8;
const RENEW_AFTER = 0.8;

/** Name of the Secret with the kubeconfig: the request's name, shortened where needed. */
export function secretNameFor({ metadata }: Obj): string {
  const hash = createHash("sha256").update(metadata.name).digest("hex").slice(0, HASH_LENGTH);
  const short = metadata.name.length <= LONGEST ? metadata.name : `${metadata.name.slice(0, KEPT)}-${hash}`;
  return `${short}.kubeconfig`;
}

/** The Secret with the kubeconfig for a request, owned by the request. */
export function kubeconfigSecret(request: Obj, endpoint: ClusterEndpoint, access: AccessToken): Obj {
  const { apiVersion, kind, metadata } = request;
  const data = {
    kubeconfig: kubeconfigFor(endpoint, access.token),
    creationTimestamp: String(Math.floor(access.createdAtMs / 1000)),
    expirationTimestamp: String(Math.floor(access.expiresAtMs / 1000)),
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: secretNameFor(request),
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      ownerReferences: [
        { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "", controller: true, blockOwnerDeletion: true },
      ],
    },
    type: "Opaque",
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")])),
  };
}

/** How long the token in a Secret stays good enough. Not positive: renew now. */
export function renewInMs(
  secret: Obj,
  { clock, renewTokensAfterMs = Infinity }: Pick<PlatformContext, "clock" | "renewTokensAfterMs">,
): number {
  const createdAtMs = numberIn(secret, "creationTimestamp") * 1000;
  const expiresAtMs = numberIn(secret, "expirationTimestamp") * 1000;
  const goodForMs = Math.min(RENEW_AFTER * (expiresAtMs - createdAtMs), renewTokensAfterMs);
  return Math.floor(createdAtMs + goodForMs - clock.now());
}

function numberIn(secret: Obj, key: string): number {
  return Number(Buffer.from(textAt(secret, "data", key), "base64").toString());
}

function kubeconfigFor({ server, caPem }: ClusterEndpoint, token: string): string {
  const authority = caPem === undefined ? {} : { "certificate-authority-data": Buffer.from(caPem).toString("base64") };
  return dump({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: { server, ...authority } }],
    users: [{ name: "user", user: { token } }],
    contexts: [{ name: "context", context: { cluster: "cluster", user: "user" } }],
    "current-context": "context",
  });
}
