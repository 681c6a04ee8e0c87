import type { Secret } from "../../kube/core.ts";
import { DOCKER_CONFIG_KEY, DOCKER_CONFIG_TYPE, onlyLogins } from "../docker-config.ts";
import type { ReasonOf } from "../reasons.ts";
import { imagePullSecretsOf, SettingError } from "../settings.ts";
import { RELEASE_NAMESPACE, type TenantObjects } from "../tenant-objects.ts";
import { describeMissing, describeUnfit, type OperatorObjects } from "./operator-objects.ts";

/** The Secrets that the toolkit's pods need beside them, or why they cannot be provided. */
export type ToolkitSecrets =
  | {
      readonly secrets: readonly Secret[];
      /** False when others of ours that are there are needed as well. Default: true. */
      readonly areAll?: boolean;
    }
  | {
      readonly hindrance: {
        readonly state: "failed";
        readonly reason: ReasonOf<"ReleaseReady">;
        readonly message: string;
      };
    };

const FIELD = "manager.imagePullSecrets in the values";

/** Builds the Secrets for the toolkit's namespace on the cluster it runs on, under the names that the values use. */
export function planToolkitSecrets(
  values: Readonly<Record<string, unknown>> | undefined,
  operator: OperatorObjects,
  objects: TenantObjects,
): ToolkitSecrets {
  try {
    return buildToolkitSecrets(values, operator, objects);
  } catch (error) {
    if (error instanceof SettingError && error.reason === "ReferenceUnreadable") {
      return failed(error.reason, error.message);
    }
    throw error;
  }
}

function buildToolkitSecrets(
  values: Readonly<Record<string, unknown>> | undefined,
  operator: OperatorObjects,
  objects: TenantObjects,
): ToolkitSecrets {
  const secrets: Secret[] = [];
  for (const name of imagePullSecretsOf(values)) {
    const secret = operator.secret(name);
    const ref = { kind: "Secret", name };
    if (secret === undefined) {
      return failed("ReferenceNotFound", describeMissing(FIELD, ref, operator));
    }
    const found = secret.data?.[DOCKER_CONFIG_KEY];
    if (secret.type !== DOCKER_CONFIG_TYPE || found === undefined) {
      const flaw = {
        found: `type "${secret.type ?? ""}"`,
        expected: `${DOCKER_CONFIG_TYPE} with key ${DOCKER_CONFIG_KEY}`,
      };
      return failed("ReferenceInvalid", describeUnfit(FIELD, ref, flaw));
    }
    const logins = onlyLogins(found);
    if (logins === undefined) {
      const flaw = { found: `no Docker configuration under key ${DOCKER_CONFIG_KEY}`, expected: 'JSON with "auths"' };
      return failed("ReferenceInvalid", describeUnfit(FIELD, ref, flaw));
    }
    const content = { type: DOCKER_CONFIG_TYPE, data: { [DOCKER_CONFIG_KEY]: logins } };
    secrets.push(toolkitSecret(name, content, objects));
  }
  return { secrets };
}

/** A Secret of ours beside the toolkit's pods. */
export function toolkitSecret(name: string, content: Pick<Secret, "type" | "data">, objects: TenantObjects): Secret {
  const metadata = { namespace: RELEASE_NAMESPACE, name, labels: objects.labels };
  return { apiVersion: "v1", kind: "Secret", metadata, ...content };
}

type Failure = "ReferenceNotFound" | "ReferenceInvalid" | "ReferenceUnreadable";

function failed(reason: Failure, message: string): ToolkitSecrets {
  return { hindrance: { state: "failed", reason, message } };
}
