import { MalformedAnswerError } from "./errors.ts";
import { isRecord } from "./json.ts";
import type { Resource } from "./resource.ts";

/**
 * Reads which namespaced resources a server can list, each in one of its versions.
 *
 * Throws when the server does not answer for one of its groups: the resources of that group are unknown then.
 */
export async function discoverNamespaced(read: (path: string) => Promise<unknown>): Promise<readonly Resource[]> {
  const groups = recordsIn(await read("/apis"), "groups");
  const versions = groups.flatMap((group) => recordsIn(group, "versions").map((version) => version["groupVersion"]));
  const found = new Map<string, Resource>();
  for (const groupVersion of ["v1", ...versions].filter((name) => typeof name === "string")) {
    const [version = "", group = ""] = groupVersion.split("/").toReversed();
    const entries = recordsIn(await read(group === "" ? "/api/v1" : `/apis/${groupVersion}`), "resources");
    for (const { name: plural, kind } of entries.filter(isListed)) {
      if (typeof plural === "string" && typeof kind === "string") {
        found.set(`${plural}.${group}`, { group, version, kind, plural, namespaced: true });
      }
    }
  }
  return [...found.values()];
}

function isListed({ namespaced, verbs }: Readonly<Record<string, unknown>>): boolean {
  return namespaced === true && Array.isArray(verbs) && verbs.includes("list");
}

function recordsIn(answer: unknown, field: string): readonly Readonly<Record<string, unknown>>[] {
  const items = isRecord(answer) ? answer[field] : undefined;
  if (!Array.isArray(items)) {
    throw new MalformedAnswerError(`the answer about the kinds that the server knows has no list "${field}"`);
  }
  return items.filter(isRecord);
}
