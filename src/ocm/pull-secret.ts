import type { Secret } from "../kube/core.ts";
import { DOCKER_CONFIG_KEY, DOCKER_CONFIG_TYPE, onlyLogins } from "./docker-config.ts";
import { SettingError } from "./settings.ts";
import { pullSecretCopyName, type TenantObjects } from "./tenant-objects.ts";
import { unreadable } from "./trust/operator-objects.ts";

/** The operator's pull secret: not wanted, not to be read, not there, or there. */
export type PullSecret =
  | { readonly state: "unwanted" }
  | { readonly state: "unknown"; readonly name: string }
  | { readonly state: "missing"; readonly name: string; readonly namespace: string }
  | { readonly state: "present"; readonly secret: Secret };

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
    case "unknown":
      throw unreadable({ kind: "Secret", name: pullSecret.name });
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
  const found = data?.[DOCKER_CONFIG_KEY];
  const subject = `secret "${metadata.name}" in namespace "${metadata.namespace ?? ""}"`;
  if (type !== DOCKER_CONFIG_TYPE || found === undefined) {
    const expected = `expected ${DOCKER_CONFIG_TYPE} with key ${DOCKER_CONFIG_KEY}`;
    throw new SettingError("PullSecretInvalid", `${subject} has type "${type ?? ""}", ${expected}`);
  }
  const logins = onlyLogins(found);
  if (logins === undefined) {
    const message = `${subject} has no Docker configuration under key ${DOCKER_CONFIG_KEY}, expected JSON with "auths"`;
    throw new SettingError("PullSecretInvalid", message);
  }
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: objects.namespace, name: pullSecretCopyName(metadata.name), labels: objects.labels },
    type,
    data: { [DOCKER_CONFIG_KEY]: logins },
  };
}
