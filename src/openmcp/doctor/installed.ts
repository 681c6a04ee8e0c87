import type { KubeClient } from "../../kube/client.ts";
import { customResourceDefinitions, type CustomResourceDefinition } from "../../kube/core.ts";
import { ForbiddenError } from "../../kube/errors.ts";
import { isRecord } from "../../kube/json.ts";
import { isTerminating } from "../../kube/object.ts";
import type { ProvidedResource, ServiceProvider } from "../platform/kinds.ts";
import type { ProviderCrd } from "../platform/read-crd.ts";
import type { NamelessFinding } from "../service/finding.ts";
import { ok } from "./check.ts";
import type { ClusterName } from "./clusters.ts";

const RUN_INIT = "run init of this version: the platform does when its Job of init is deleted";

/** A CRD of the provider, and what the cluster has of it. */
export type CrdSight = {
  readonly own: ProviderCrd;
  /** Whether discovery has the kind in the version of this program. */
  readonly isServed: boolean;
  /** Undefined when there is none; `unreadable` when the account may not read CRDs. */
  readonly live: CustomResourceDefinition | "unreadable" | undefined;
};

/** Looks at the CRDs that a provider has installed on one of the clusters. */
export async function lookAtCrds(
  cluster: ClusterName,
  crds: readonly ProviderCrd[],
  { client, signal }: { readonly client: KubeClient; readonly signal: AbortSignal },
): Promise<readonly NamelessFinding[]> {
  const own = crds.filter(({ metadata }) => metadata.labels?.["openmcp.cloud/cluster"] === cluster);
  const sights = await Promise.all(own.map((crd) => sightOf(crd, client, signal)));
  const problems = sights.flatMap(judgeCrd);
  const names = own.map(({ spec: { names: kinds, group } }) => `${kinds.plural}.${group}`).join(", ");
  return problems.length > 0 ? problems : [ok(`the ${cluster} cluster serves ${names}`)];
}

async function sightOf(own: ProviderCrd, client: KubeClient, signal: AbortSignal): Promise<CrdSight> {
  const { group, names, versions } = own.spec;
  const served = await Promise.all(
    versions.map(async ({ name }) => client.resourcesOf({ group, version: name }, signal)),
  );
  const isServed = served.every((resources) => resources.some(({ plural }) => plural === names.plural));
  try {
    return { own, isServed, live: await client.find(customResourceDefinitions, own.metadata, signal) };
  } catch (error) {
    if (error instanceof ForbiddenError) {
      return { own, isServed, live: "unreadable" };
    }
    throw error;
  }
}

/** Says what is wrong with one CRD. Pure. */
export function judgeCrd({ own, isServed, live }: CrdSight): readonly NamelessFinding[] {
  const subject = `CRD ${own.metadata.name}`;
  const versions = own.spec.versions.map(({ name }) => name);
  if (live === "unreadable") {
    return isServed ? [] : [failed(`${subject} is not served in version ${versions.join(", ")}`, RUN_INIT)];
  }
  if (live === undefined) {
    return [failed(`${subject} does not exist`, RUN_INIT)];
  }
  if (isTerminating(live)) {
    const advice = `wait for its end, then ${RUN_INIT}; its objects are deleted with it`;
    return [failed(`${subject} is being deleted`, advice)];
  }
  const { conditions = [] } = live.status ?? {};
  const refused = conditions.find(({ type, status }) => type === "NamesAccepted" && status === "False");
  if (refused !== undefined) {
    return [
      failed(`the names of ${subject} are not accepted: ${refused.message}`, "delete the CRD that has the names"),
    ];
  }
  if (!isServed) {
    return [failed(`${subject} exists and is not served in version ${versions.join(", ")}`, RUN_INIT)];
  }
  return [...storedElsewhere(live, versions), ...missingFields(own, live)];
}

function failed(found: string, advice: string): NamelessFinding {
  return { level: "failed", found, expected: "an established CRD that is served", advice };
}

function storedElsewhere(live: CustomResourceDefinition, versions: readonly string[]): readonly NamelessFinding[] {
  const { storedVersions = [] } = live.status ?? {};
  const others = storedVersions.filter((version) => !versions.includes(version));
  return others.length === 0
    ? []
    : [
        {
          level: "warning",
          found: `CRD ${live.metadata.name} has objects stored as ${others.join(", ")}`,
          expected: `objects stored as ${versions.join(", ")} only`,
          advice: "write each object once, then remove the version from status.storedVersions of the CRD",
        },
      ];
}

/** Finds the fields that this program knows and the installed CRD does not: the API server drops them. */
function missingFields(own: ProviderCrd, live: CustomResourceDefinition): readonly NamelessFinding[] {
  const installed = fieldsOf(live.spec);
  const missing = [...fieldsOf(own.spec)].filter((field) => !installed.has(field));
  return missing.length === 0
    ? []
    : [
        {
          level: "warning",
          found: `CRD ${own.metadata.name} is older than this program: it lacks ${missing.slice(0, 5).join(", ")}${missing.length > 5 ? ` and ${missing.length - 5} more fields` : ""}`,
          expected: "the CRD of this version: the API server drops fields that it does not know",
          advice: RUN_INIT,
        },
      ];
}

function fieldsOf(spec: unknown): ReadonlySet<string> {
  const versions = isRecord(spec) && Array.isArray(spec["versions"]) ? spec["versions"] : [];
  const fields = new Set<string>();
  versions.filter(isRecord).forEach(({ schema }) => {
    collect(isRecord(schema) ? schema["openAPIV3Schema"] : undefined, "", fields);
  });
  return fields;
}

function collect(schema: unknown, path: string, fields: Set<string>): void {
  if (!isRecord(schema)) {
    return;
  }
  const { properties, items } = schema;
  collect(items, path, fields);
  for (const [name, property] of Object.entries(isRecord(properties) ? properties : {})) {
    const field = path === "" ? name : `${path}.${name}`;
    fields.add(field);
    collect(property, field, fields);
  }
}

/** Says whether the platform knows the kinds of the provider. Pure. */
export function judgeRegistration(
  provider: ServiceProvider | undefined,
  { name, kinds }: { readonly name: string; readonly kinds: readonly ProvidedResource[] },
): readonly NamelessFinding[] {
  if (provider === undefined) {
    const advice = "create the ServiceProvider, or give its name with --provider-name";
    return [{ level: "failed", found: `ServiceProvider "${name}" does not exist`, advice }];
  }
  const { resources = [], phase, conditions = [] } = provider.status ?? {};
  const missing = kinds.filter(
    (kind) =>
      !resources.some((one) => one.group === kind.group && one.kind === kind.kind && one.version === kind.version),
  );
  if (missing.length > 0) {
    const listed = missing.map(({ group, version, kind }) => `${kind}.${version}.${group}`).join(", ");
    return [
      {
        level: "failed",
        found: `ServiceProvider "${name}" does not have ${listed} registered`,
        expected: "every kind in status.resources: the platform deletes such objects with their control plane",
        advice: "run init: it registers the kinds as its last step; see the log of its Job",
      },
    ];
  }
  const because = conditions.find(({ status, message }) => status === "False" && message !== "");
  return phase === undefined || phase === "Ready"
    ? [ok(`ServiceProvider "${name}" has registered ${kinds.map(({ kind, group }) => `${kind}.${group}`).join(", ")}`)]
    : [
        {
          level: "warning",
          found: `ServiceProvider "${name}" is ${phase}${because === undefined ? "" : `: ${because.message}`}`,
          expected: "phase Ready",
          advice: `kubectl describe serviceprovider ${name}`,
        },
      ];
}
