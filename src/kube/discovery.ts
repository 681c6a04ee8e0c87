import { MalformedAnswerError } from "./errors.ts";
import { isRecord } from "./json.ts";
import type { Resource } from "./resource.ts";

type Read = (path: string) => Promise<unknown>;

/**
 * Reads which namespaced resources a server can list, each in one of its versions.
 *
 * Throws when the server does not answer for one of its groups: the resources of that group are unknown then.
 */
export async function discoverNamespaced(read: Read): Promise<readonly Resource[]> {
  const groups = recordsIn(await read("/apis"), "groups");
  const versions = groups.flatMap((group) => recordsIn(group, "versions").map((version) => version["groupVersion"]));
  const found = new Map<string, Resource>();
  for (const groupVersion of ["v1", ...versions].filter((name) => typeof name === "string")) {
    const [version = "", group = ""] = groupVersion.split("/").toReversed();
    const resources = await discoverVersion(read, { group, version });
    for (const resource of resources.filter(({ namespaced }) => namespaced)) {
      found.set(`${resource.plural}.${group}`, resource);
    }
  }
  return [...found.values()];
}

/** Reads which resources a server can list in one version of an API group. */
export async function discoverVersion(
  read: Read,
  { group, version }: Pick<Resource, "group" | "version">,
): Promise<readonly Resource[]> {
  const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return recordsIn(await read(path), "resources").flatMap(({ name: plural, kind, namespaced, verbs }) =>
    typeof plural === "string" && typeof kind === "string" && Array.isArray(verbs) && verbs.includes("list")
      ? [{ group, version, kind, plural, namespaced: namespaced === true }]
      : [],
  );
}

function recordsIn(answer: unknown, field: string): readonly Readonly<Record<string, unknown>>[] {
  const items = isRecord(answer) ? answer[field] : undefined;
  if (!Array.isArray(items)) {
    throw new MalformedAnswerError(`the answer about the kinds that the server knows has no list "${field}"`);
  }
  return items.filter(isRecord);
}
