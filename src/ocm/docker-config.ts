import { isRecord } from "../kube/json.ts";

export const DOCKER_CONFIG_TYPE = "kubernetes.io/dockerconfigjson";
export const DOCKER_CONFIG_KEY = ".dockerconfigjson";

const LOGIN_FIELDS = new Set(["auth", "username", "password", "email", "identitytoken", "registrytoken"]);

/**
 * Reduces a `.dockerconfigjson`, in base64, to the logins that a pull needs: a Docker configuration can also hold
 * proxies with passwords, and headers. `undefined` when it is none.
 */
export function onlyLogins(encoded: string): string | undefined {
  const config = parse(Buffer.from(encoded, "base64").toString("utf8"));
  if (!isRecord(config) || !isRecord(config["auths"] ?? {})) {
    return undefined;
  }
  return Buffer.from(JSON.stringify(isRecord(config["auths"]) ? { auths: loginsIn(config["auths"]) } : {})).toString(
    "base64",
  );
}

function loginsIn(auths: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(auths).map(([registry, entry]) => [registry, loginIn(entry)]));
}

function loginIn(entry: unknown): Readonly<Record<string, unknown>> {
  const fields = Object.entries(isRecord(entry) ? entry : {});
  return Object.fromEntries(fields.filter(([name, value]) => LOGIN_FIELDS.has(name) && typeof value === "string"));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
