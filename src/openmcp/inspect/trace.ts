import type { KubeClient } from "../../kube/client.ts";
import { unlessNotFound } from "../../kube/errors.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { Execute } from "../command/command.ts";
import { openReader, type Reader } from "../command/reader.ts";
import { UsageError } from "../command/usage-error.ts";
import { accessRequests, clusterRequests } from "../platform/kinds.ts";
import { type Answering, layoutOf, SCHEMAS, toText } from "./answer.ts";
import { readRows } from "./read-rows.ts";
import { readAccess, readTree } from "./read-tree.ts";
import { answeringOf } from "./status.ts";
import type { TenantRow } from "./tenant-row.ts";
import { PLACES, traceLines, treeLines } from "./text.ts";
import {
  isPlatformNamespace,
  kindsCalled,
  readSubject,
  readTenantName,
  type Subject,
  type TenantName,
  traceableKinds,
} from "./traced-kind.ts";
import { traceObject, type TracedObject } from "./traced-object.ts";
import { type ClusterRole, pathTo, type TreeNode } from "./tree.ts";

/** Says whose an object is, in which state, and what holds it. */
export const trace: Execute = async (given, context) => {
  const [word = ""] = given.words;
  const subject = readSubject(word);
  const where = { of: readTenantName(given.find("tenant")), namespace: given.find("namespace") };
  const reader = await openReader(given, context);
  try {
    const to = answeringOf(given, context, reader);
    const found = "kind" in subject ? await traceOne(subject, where, reader) : await traceNamespace(subject, reader);
    await writeTrace(found, to);
    return 0;
  } finally {
    await reader.close();
  }
};

/** What is known of an object. Plain data, which becomes JSON. */
type Trace = {
  readonly object?: TracedObject;
  /** The tenant to whom the object belongs, or in whose namespace it lies. */
  readonly tenant?: TenantRow;
  /** The objects that lead to the object, from the order on. Of a namespace, the whole tree of its tenant. */
  readonly path: readonly TreeNode[];
};

async function traceNamespace(
  { platformNamespace }: { readonly platformNamespace: string },
  reader: Reader,
): Promise<Trace> {
  const tenant = await tenantIn(platformNamespace, reader);
  if (tenant === undefined) {
    throw new Error(await describeStranger(platformNamespace, reader));
  }
  return { tenant, path: [await readTree(reader, tenant)] };
}

// A name cannot be computed back from a namespace.
async function tenantIn(platformNamespace: string, reader: Reader): Promise<TenantRow | undefined> {
  const { program, signal } = reader;
  const rows = await readRows(program, await reader.onboarding(), { signal });
  return rows.find((row) => row.platformNamespace === platformNamespace);
}

/** Says what is in a namespace that no object of a tenant leads to. */
async function describeStranger(namespace: string, { program, platform, signal }: Reader): Promise<string> {
  const [requests, accesses] = await Promise.all(
    [clusterRequests, accessRequests].map((resource) =>
      platform.listMetadata(resource, { namespace, limit: MOST_NAMED, signal }),
    ),
  );
  const names = [...(requests?.items ?? []), ...(accesses?.items ?? [])].map(
    ({ kind, metadata }) => `${kind} ${metadata.name}`,
  );
  const there =
    names.length === 0 ? "the namespace has no ClusterRequest, or does not exist" : `found there: ${names.join(", ")}`;
  return `no ${program.resource.kind} object belongs to namespace "${namespace}"; ${there}`;
}

const MOST_NAMED = 10;

type Named = Extract<Subject, { readonly kind: string }>;
type Place = { readonly cluster: ClusterRole; readonly client: KubeClient; readonly resources: readonly Resource[] };

type Where = { readonly of: TenantName | undefined; readonly namespace: string | undefined };

async function traceOne(subject: Named, { of, namespace }: Where, reader: Reader): Promise<Trace> {
  if (of !== undefined) {
    return traceOnTarget(subject, { of, namespace }, reader);
  }
  const kinds = traceableKinds(reader.program);
  const onboarding = kindsCalled(subject.kind, kinds.onboarding);
  const place: Place =
    onboarding.length > 0
      ? { cluster: "onboarding", client: await reader.onboarding(), resources: onboarding }
      : { cluster: "platform", client: reader.platform, resources: await platformKinds(subject, reader) };
  const object = await findObject(subject.name, namespace, place, reader);
  const tenant = await tenantOf(object, place.cluster, reader);
  return completed(traceObject(object, place.cluster, reader.program), tenant, reader);
}

async function platformKinds({ kind }: Named, { program, platform, signal }: Reader): Promise<readonly Resource[]> {
  const { platform: known, target } = traceableKinds(program);
  const found = kindsCalled(kind, known);
  if (found.length > 0) {
    return found;
  }
  const discovered = kindsCalled(kind, await platform.namespacedResources(signal));
  if (discovered.length === 0 && kindsCalled(kind, target).length === 0) {
    throw new UsageError(`unknown kind: ${kind}`);
  }
  return discovered;
}

/** Finds one object. Reads nothing but metadata: what is in a Secret is nobody's business here. */
async function findObject(
  name: string,
  namespace: string | undefined,
  { client, resources, cluster }: Place,
  { signal }: Pick<Reader, "signal">,
): Promise<KubeObject> {
  const found = await Promise.all(
    resources.map(async (resource) => {
      const { namespaced } = resource;
      const options = { ...(namespaced && { namespace }), fieldSelector: `metadata.name=${name}`, limit: 2, signal };
      return (await unlessNotFound(client.listMetadata(resource, options)))?.items ?? [];
    }),
  );
  const [object, ...others] = found.flat();
  const where = namespace === undefined ? "" : ` in namespace "${namespace}"`;
  const kind = resources[0]?.kind ?? "object";
  if (object === undefined) {
    const isOnTarget = cluster === "mcp" || cluster === "workload";
    const hint = isOnTarget ? "" : "; for an object on a tenant's cluster, add --tenant <namespace>/<name>";
    throw new Error(`there is no ${kind} "${name}"${where} on the ${PLACES[cluster]}${hint}`);
  }
  // Of one name in two API groups, the first one leads.
  if (others.some(({ metadata }) => metadata.namespace !== object.metadata.namespace)) {
    throw new Error(`there is more than one ${kind} "${name}" on the ${PLACES[cluster]}: add -n <namespace>`);
  }
  return object;
}

async function tenantOf(
  { metadata }: KubeObject,
  cluster: ClusterRole,
  reader: Reader,
): Promise<TenantRow | undefined> {
  const { name, namespace = "" } = metadata;
  if (cluster === "onboarding") {
    const { program, signal } = reader;
    const [row] = await readRows(program, await reader.onboarding(), { namespace, name, signal });
    return row;
  }
  return isPlatformNamespace(namespace) ? tenantIn(namespace, reader) : undefined;
}

async function traceOnTarget(
  { kind, name }: Named,
  { of, namespace }: Where & { readonly of: TenantName },
  reader: Reader,
): Promise<Trace> {
  const [tenant] = await readRows(reader.program, await reader.onboarding(), { ...of, signal: reader.signal });
  if (tenant === undefined) {
    throw new Error(`there is no ${reader.program.resource.kind} "${of.name}" in namespace "${of.namespace}"`);
  }
  const { cluster, secret } = await readAccess(reader, tenant);
  const object = await reader.visit(secret, async (client, signal) => {
    const known = kindsCalled(kind, traceableKinds(reader.program).target);
    const resources = known.length > 0 ? known : kindsCalled(kind, await client.namespacedResources(signal));
    if (resources.length === 0) {
      throw new UsageError(`unknown kind: ${kind}`);
    }
    return findObject(name, namespace, { cluster, client, resources }, { signal });
  });
  return completed(traceObject(object, cluster, reader.program), tenant, reader);
}

async function completed(object: TracedObject, tenant: TenantRow | undefined, reader: Reader): Promise<Trace> {
  if (tenant === undefined) {
    return { object, path: [] };
  }
  return { object, tenant, path: pathTo(object, await readTree(reader, tenant)) };
}

async function writeTrace({ object, tenant, path }: Trace, to: Answering): Promise<void> {
  if (to.format === "json" || to.format === "yaml") {
    const [tree] = path;
    const document = object === undefined ? { tenant, tree } : { object, tenant, path };
    await to.write(await toText({ schema: SCHEMAS.trace, ...document }, to.format));
    return;
  }
  const layout = layoutOf(to);
  const [tree] = path;
  const lines = object === undefined && tree !== undefined ? treeLines(tree, layout) : [];
  await to.write([...traceLines({ object, tenant, path }, layout), ...lines].join(""));
}
