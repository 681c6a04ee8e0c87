import {
  configMaps,
  events,
  leases,
  namespaces,
  secrets,
  subjectAccessReviews,
  tokenReviews,
} from "../../kube/core.ts";
import type { Resource } from "../../kube/resource.ts";
import { accessRequests, clusterRequests, type PolicyRule, type TokenAccess } from "../platform/kinds.ts";
import { admissionRights } from "./admission.ts";
import { type Admission, type ProviderDefinition, servedResources } from "./definition.ts";
import type { ServiceObject } from "./status.ts";

/** What the rights of `run` depend on. */
type RightsOf = Pick<
  ProviderDefinition<ServiceObject, ServiceObject, never>,
  "name" | "resource" | "configResource" | "earlier" | "controller"
> & { readonly admission?: Pick<Admission<unknown>, "parameters"> };

/**
 * What `run` may do on the onboarding cluster: follow the provider's objects and their namespaces, write their status, record Events, and keep
 * what makes the API server refuse such objects.
 */
export function runRights(program: RightsOf): TokenAccess {
  return {
    permissions: [
      {
        rules: [
          ...servedResources(program).flatMap(({ resource: { group, plural } }) => [
            { apiGroups: [group], resources: [plural], verbs: ["get", "list", "watch", "patch"] },
            { apiGroups: [group], resources: [`${plural}/status`], verbs: ["patch"] },
          ]),
          { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
          { apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"] },
          ...admissionRights(program),
        ],
      },
    ],
  };
}

/** A rule that is needed in the provider's own namespace only, or everywhere. */
export type ScopedRule = PolicyRule & { readonly isOwnNamespaceOnly: boolean };

/** The kinds of the platform cluster that only one provider uses. */
export type PlatformKinds = {
  /** Their objects are written for tenants. */
  readonly written: readonly Resource[];
  /** Their objects in the own namespace complete the settings. */
  readonly followed: readonly Resource[];
};

const WRITES = ["get", "list", "watch", "create", "patch", "delete"];

/** What `run` needs to be allowed on the platform cluster, where nobody grants it by an AccessRequest. */
export function platformRights(
  program: Pick<RightsOf, "resource" | "configResource" | "earlier">,
  { written, followed }: PlatformKinds,
): readonly ScopedRule[] {
  const configs = servedResources(program).map(({ configResource }) => configResource);
  return [
    ownNamespace(leases, "get", "list", "create", "patch"),
    ownNamespace(configMaps, "list", "watch"),
    ...followed.map((resource) => ownNamespace(resource, "list", "watch")),
    ...[clusterRequests, accessRequests, secrets, ...written].map((resource) => everywhere(resource, ...WRITES)),
    ...configs.flatMap((resource) => [
      everywhere(resource, "get", "list", "watch", "patch"),
      everywhere({ ...resource, plural: `${resource.plural}/status` }, "patch"),
    ]),
    everywhere(namespaces, "get", "list", "delete"),
    everywhere(events, "create", "patch"),
    ...[tokenReviews, subjectAccessReviews].map((resource) => everywhere(resource, "create")),
  ];
}

function ownNamespace({ group, plural }: Resource, ...verbs: readonly string[]): ScopedRule {
  return { apiGroups: [group], resources: [plural], verbs, isOwnNamespaceOnly: true };
}

function everywhere(resource: Resource, ...verbs: readonly string[]): ScopedRule {
  return { ...ownNamespace(resource, ...verbs), isOwnNamespaceOnly: false };
}
