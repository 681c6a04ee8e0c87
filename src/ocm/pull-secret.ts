import type { Secret } from "../kube/core.ts";
import { SettingError } from "./setting-error.ts";
import { pullSecretCopyName, type TenantObjects } from "./tenant-objects.ts";

/** The operator's pull secret: not wanted, not there, or there. */
export type PullSecret =
  | { readonly state: "unwanted" }
  | { readonly state: "missing"; readonly name: string; readonly namespace: string }
  | { readonly state: "present"; readonly secret: Secret };

const PULL_SECRET_TYPE = "kubernetes.io/dockerconfigjson";
const PULL_SECRET_KEY = ".dockerconfigjson";

/**
 * Builds the copy of the pull secret for a tenant namespace; undefined when none is wanted.
 *
 * `field` of the ProviderConfig asks for it. Throws a SettingError when there is nothing to copy, or something that Flux
 * could not use.
 */
export function copyPullSecret(pullSecret: PullSecret, objects: TenantObjects, field: string): Secret | undefined {
  switch (pullSecret.state) {
    case "unwanted":
      return undefined;
    case "missing":
      throw new SettingError(
        "PullSecretNotFound",
        `${field} of the ProviderConfig names secret "${pullSecret.name}", which does not exist in namespace "${pullSecret.namespace}"`,
      );
    case "present":
      return buildCopy(pullSecret.secret, objects);
  }
}

function buildCopy({ metadata, type, data }: Secret, objects: TenantObjects): Secret {
  const dockerConfig = data?.[PULL_SECRET_KEY];
  if (type !== PULL_SECRET_TYPE || dockerConfig === undefined) {
    throw new SettingError(
      "PullSecretInvalid",
      `secret "${metadata.name}" in namespace "${metadata.namespace ?? ""}" has type "${type ?? ""}", ` +
        `expected ${PULL_SECRET_TYPE} with key ${PULL_SECRET_KEY}`,
    );
  }
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: objects.namespace, name: pullSecretCopyName(metadata.name), labels: objects.labels },
    type,
    data: { [PULL_SECRET_KEY]: dockerConfig },
  };
}
