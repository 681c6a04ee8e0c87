import type { Secret } from "../../kube/core.ts";
import type { OperatorObjects } from "../../openmcp/service/definition.ts";
import type { Look } from "../../runtime/named-informers.ts";
import type { WantedCondition } from "../../runtime/conditions.ts";
import type { ProviderConfig } from "../api/objects.ts";
import type { Discovery } from "../discovery.ts";
import { readSettings, type Settings } from "../settings.ts";

type Texts = Readonly<Record<string, string>>;

/** Reads settings from the spec of a ProviderConfig. */
export function settingsOf(spec: NonNullable<ProviderConfig["spec"]>): Settings {
  const apiVersion = "ocm.services.openmcp.cloud/v1alpha1";
  return readSettings({ apiVersion, kind: "ProviderConfig", metadata: { name: "ocm" }, spec });
}

/** Plays the operator's objects, by name. A name of `unknown` cannot be read, any other name is absent. */
export function operatorWith(
  secrets: Readonly<Record<string, Texts>>,
  { configMaps = {}, unknown = [] }: { configMaps?: Readonly<Record<string, Texts>>; unknown?: readonly string[] } = {},
): OperatorObjects {
  const look = <T>(name: string, object: T | undefined): Look<T> =>
    unknown.includes(name)
      ? { state: "unknown" }
      : object === undefined
        ? { state: "absent" }
        : { state: "present", object };
  return {
    namespace: "openmcp-system",
    secret: (name) => look(name, secrets[name] && secretOf(name, secrets[name])),
    configMap: (name) => {
      const data = configMaps[name];
      return look(name, data && { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
    },
  };
}

// A Docker configuration has the type that the API server demands for its key.
function secretOf(name: string, texts: Texts): Secret {
  const type = ".dockerconfigjson" in texts ? "kubernetes.io/dockerconfigjson" : "Opaque";
  return { apiVersion: "v1", kind: "Secret", metadata: { name, labels: { app: "theirs" } }, type, data: encode(texts) };
}

/** Encodes texts as the data of a Secret. */
export function encode(texts: Texts): NonNullable<Secret["data"]> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));
}

/** Plays a PEM block. */
export function pem(label: string): string {
  return `-----BEGIN ${label}-----\nTUlJQg==\n-----END ${label}-----\n`;
}

/** Plays a Discovery with the answer of the toolkit, which is Ready unless something else is said. */
export function discovery(
  answer?: Readonly<Record<string, unknown>>,
  {
    generation = 1,
    observed = generation,
    suspend = false,
    conditions = answer === undefined ? [] : [READY],
    ...metadata
  }: Answered = {},
): Discovery {
  const at = { observedGeneration: observed === 0 ? generation : observed, lastTransitionTime: "2026-01-01T00:00:00Z" };
  return {
    apiVersion: "delivery.ocm.software/v1alpha1",
    kind: "Discovery",
    metadata: { name: "toolkit", namespace: "system", uid: "u", resourceVersion: "1", generation, ...metadata },
    spec: { suspend },
    status: {
      ...(observed > 0 && { observedGeneration: observed }),
      conditions: conditions.map((condition) => ({ ...at, ...condition })),
      ...answer,
    },
  };
}

type Answered = {
  readonly generation?: number;
  /** The generation that was answered; none unless it is positive. */
  readonly observed?: number;
  readonly suspend?: boolean;
  readonly conditions?: readonly WantedCondition[];
  readonly deletionTimestamp?: string;
};

const READY: WantedCondition = { type: "Ready", status: "True", reason: "Succeeded", message: "" };
