import type { LoggedRequest } from "../../ground/ground.ts";
import type { PolicyRule } from "../../src/openmcp/platform/kinds.ts";

const CREATED = 201;

/** One line for each verb on each resource of a rule: `patch ocms/status.ocm.services.openmcp.cloud`. */
export function linesOfRule({ apiGroups = [], resources = [], verbs }: PolicyRule): readonly string[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${nameOf(resource, group)}`)),
  );
}

/** The same for what an account needs for a request. */
export function linesOfRequest({ verb, path, code }: LoggedRequest): readonly string[] {
  const resource = resourceOf(path);
  if (resource === undefined) {
    return [];
  }
  // An apply that creates an object needs both.
  const verbs = verb === "patch" && code === CREATED ? ["create", "patch"] : [verb];
  return verbs.map((one) => `${one} ${resource}`);
}

/** Resource of a path with group and subresource; undefined when it names none, as `/version`. */
function resourceOf(path: string): string | undefined {
  const [root, ...parts] = new URL(path, "https://cluster").pathname.split("/").slice(1);
  if (root !== "api" && root !== "apis") {
    return undefined;
  }
  const group = root === "api" ? "" : (parts[0] ?? "");
  const rest = parts.slice(root === "api" ? 1 : 2);
  const [resource, , subresource] = rest[0] === "namespaces" && rest.length > 2 ? rest.slice(2) : rest;
  return resource && nameOf(subresource === undefined ? resource : `${resource}/${subresource}`, group);
}

function nameOf(resource: string, group: string): string {
  return group === "" ? resource : `${resource}.${group}`;
}
