import { apiVersionOf, discoveredVerbs, type ServedResource } from "../api/served-resource.ts";
import { type ApiGroup, apiGroups } from "./api-group.ts";
import { subresourcesOf } from "./subresource.ts";

/** The discovery document at `path`, or `undefined` when there is none. */
export function discoveryDocument(path: string, resources: readonly ServedResource[]): object | undefined {
  const trimmed = path.replace(/\/$/u, "");
  if (trimmed === "/api" || trimmed === "/apis") {
    return rootDocument(trimmed, resources);
  }
  const [, root, ...names] = trimmed.split("/");
  if (root === "api" && names.length === 1) {
    return resourceList(names.join("/"), resources);
  }
  if (root !== "apis") {
    return undefined;
  }
  const group = apiGroups(resources).find(({ name }) => name === names[0]);
  if (names.length === 1 && group !== undefined) {
    return { kind: "APIGroup", apiVersion: "v1", ...describeGroup(group) };
  }
  return names.length === 2 ? resourceList(names.join("/"), resources) : undefined;
}

function rootDocument(root: "/api" | "/apis", resources: readonly ServedResource[]): object {
  if (root === "/api") {
    const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress: "127.0.0.1:443" }];
    return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs };
  }
  return { kind: "APIGroupList", apiVersion: "v1", groups: apiGroups(resources).map(describeGroup) };
}

function describeGroup({ name, versions }: ApiGroup): object {
  const described = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: described, preferredVersion: described[0] };
}

function resourceList(groupVersion: string, resources: readonly ServedResource[]): object | undefined {
  const own = resources.filter((resource) => apiVersionOf(resource) === groupVersion);
  if (own.length === 0) {
    return undefined;
  }
  const isCore = !groupVersion.includes("/");
  return {
    kind: "APIResourceList",
    ...(!isCore && { apiVersion: "v1" }),
    groupVersion,
    resources: own.flatMap((resource) => [describeResource(resource), ...describeSubresources(resource)]),
  };
}

function describeResource(resource: ServedResource): object {
  const { plural, singular, namespaced, kind, shortNames, categories } = resource;
  return {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: discoveredVerbs(resource),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
}

function describeSubresources(resource: ServedResource): object[] {
  const { plural, namespaced } = resource;
  return subresourcesOf(resource).map(({ name, ...subresource }) => ({
    name: `${plural}/${name}`,
    singularName: "",
    namespaced,
    ...subresource,
  }));
}
