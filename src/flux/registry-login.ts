import { isRecord, parseJson } from "../kube/json.ts";

/** A login at a registry, as a Docker configuration has it. */
export type RegistryLogin = {
  readonly username?: string;
  readonly password?: string;
  /** Refresh token, which a registry exchanges for an access token. */
  readonly identityToken?: string;
  /** Access token, which is sent as it is. */
  readonly registryToken?: string;
};

/**
 * Returns the login that the source-controller takes from a `.dockerconfigjson` for a repository (`host/path`), and
 * undefined when no entry is for the repository: it pulls without a login then.
 *
 * An entry names a host, with its port and with `*` within the parts of the name, and perhaps the beginning of a path. Of
 * several entries, the last one in alphabetical order counts.
 */
export function loginFor(repository: string, dockerConfigJson: string): RegistryLogin | undefined {
  const auths = authsIn(dockerConfigJson);
  const entries = Object.entries(auths).map(([address, entry]) => ({ key: keyOf(address), entry }));
  const found = entries
    .toSorted((one, other) => ((one.key ?? "") < (other.key ?? "") ? 1 : -1))
    .find(({ key }) => key !== undefined && isFor(key, repository));
  return found && toLogin(found.entry);
}

function authsIn(dockerConfigJson: string): Readonly<Record<string, unknown>> {
  try {
    const config = parseJson(dockerConfigJson);
    return isRecord(config) && isRecord(config["auths"]) ? config["auths"] : {};
  } catch {
    return {};
  }
}

// An entry for Docker's own registry ends in the version of the API.
function keyOf(address: string): string | undefined {
  const url = URL.parse(/^https?:\/\//.test(address) ? address : `https://${address.replaceAll("*", WILDCARD)}`);
  const path = url?.pathname.replace(/^\/v[12]\//, "/").replace(/\/$/, "");
  return url === null ? undefined : `${url.host}${path ?? ""}`.replaceAll(WILDCARD, "*");
}

// A URL has no `*` in its host.
const WILDCARD = "any-name-part";

function isFor(key: string, repository: string): boolean {
  const [wanted, given] = [split(repository), split(key)];
  const parts = wanted.host.split(".");
  const patterns = given.host.split(".");
  return (
    parts.length === patterns.length &&
    patterns.every((pattern, index) => toRegExp(pattern).test(parts[index] ?? "")) &&
    wanted.path.startsWith(given.path)
  );
}

function split(reference: string): { readonly host: string; readonly path: string } {
  const end = reference.indexOf("/");
  return end < 0 ? { host: reference, path: "" } : { host: reference.slice(0, end), path: reference.slice(end) };
}

function toRegExp(pattern: string): RegExp {
  return new RegExp(
    `^${pattern.replaceAll(/[^\w-]/g, (character) => (character === "*" ? "[^.]*" : `\\${character}`))}$`,
  );
}

function toLogin(entry: unknown): RegistryLogin {
  const fields = isRecord(entry) ? entry : {};
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const decoded = Buffer.from(text("auth") ?? "", "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  const [username, password] =
    colon < 0 ? [text("username"), text("password")] : [decoded.slice(0, colon), decoded.slice(colon + 1)];
  const [identityToken, registryToken] = [text("identitytoken"), text("registrytoken")];
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(identityToken !== undefined && { identityToken }),
    ...(registryToken !== undefined && { registryToken }),
  };
}
