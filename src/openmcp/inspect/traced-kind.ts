import { configMaps, namespaces, secrets } from "../../kube/core.ts";
import type { Resource } from "../../kube/resource.ts";
import type { Program } from "../command/command.ts";
import { UsageError } from "../command/usage-error.ts";
import { accessRequests, clusterRequests } from "../platform/kinds.ts";
import { servedResources } from "../service/definition.ts";

/** What is to be traced. */
export type Subject = { readonly platformNamespace: string } | { readonly kind: string; readonly name: string };

/** Reads what is to be traced; a `UsageError` says what can be. Pure. */
export function readSubject(word: string): Subject {
  const [kind = "", name, ...rest] = word.split("/");
  if (name === undefined && isPlatformNamespace(word)) {
    return { platformNamespace: word };
  }
  if (name === undefined || name === "" || kind === "" || rest.length > 0) {
    throw new UsageError(`invalid value for object: "${word}" (expected mcp--<uuid>, or <kind>/<name> with -n)`);
  }
  return /^(?:ns|namespaces?)$/iu.test(kind) && isPlatformNamespace(name)
    ? { platformNamespace: name }
    : { kind, name };
}

/** Names the object of one tenant. */
export type TenantName = { readonly namespace: string; readonly name: string };

/** Reads the value of `--tenant`, if there is one; a `UsageError` says what can be. Pure. */
export function readTenantName(text: string | undefined): TenantName | undefined {
  if (text === undefined) {
    return undefined;
  }
  const [namespace = "", name = "", ...rest] = text.split("/");
  if (namespace === "" || name === "" || rest.length > 0) {
    throw new UsageError(`invalid value for --tenant: "${text}" (expected namespace/name)`);
  }
  return { namespace, name };
}

/** Whether a namespace is one that the platform makes for a control plane. */
export function isPlatformNamespace(name: string): boolean {
  return /^mcp--[-\da-f]{36}$/u.test(name);
}

/** Kinds that can be traced, by the cluster on which they are looked for. */
export type TraceableKinds = Readonly<Record<"onboarding" | "platform" | "target", readonly Resource[]>>;

/** The kinds that a program knows. Pure. */
export function traceableKinds(
  program: Pick<Program, "resource" | "configResource" | "earlier" | "inspection">,
): TraceableKinds {
  const served = servedResources(program);
  return {
    onboarding: served.map(({ resource }) => resource),
    platform: [
      ...served.map(({ configResource }) => configResource),
      clusterRequests,
      accessRequests,
      ...(program.inspection?.platform ?? []).map(({ resource }) => resource),
      secrets,
      configMaps,
      namespaces,
    ],
    target: (program.inspection?.target ?? []).map(({ resource }) => resource),
  };
}

/** Returns the kinds that a word means: the kind, the plural, or either with the API group, in any case. Pure. */
export function kindsCalled(word: string, kinds: readonly Resource[]): readonly Resource[] {
  const wanted = word.toLowerCase();
  const found = kinds.filter(({ kind, plural, group }) =>
    [kind.toLowerCase(), plural, `${plural}.${group}`, `${kind.toLowerCase()}.${group}`].includes(wanted),
  );
  return found.filter((one, index) => found.findIndex((other) => isSame(one, other)) === index);
}

function isSame(one: Resource, other: Resource): boolean {
  return one.plural === other.plural && one.group === other.group;
}
