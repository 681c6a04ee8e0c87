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

/** Larger than any group: a hostile server must not make this process send requests without end. */
const MOST_VERSIONS = 50;
const MOST_RESOURCES = 200;
/** A version can disappear between the request for its group and the request for the version. */
const ATTEMPTS = 3;

/**
 * Reads which resources a server can list in a group, each in one of its versions, preferred versions first.
 *
 * `read` returns `undefined` for what the server does not know: a group that it does not serve has no resources. Throws
 * when a version of the group stays unknown, because its resources do so too.
 */
export async function discoverGroup(
  read: Read,
  group: string,
  attempts: number = ATTEMPTS,
): Promise<readonly Resource[]> {
  const document = await read(`/apis/${group}`);
  if (document === undefined) {
    return [];
  }
  const found = new Map<string, Resource>();
  for (const version of versionsIn(document, group)) {
    const answer = await read(`/apis/${group}/${version}`);
    if (answer === undefined) {
      if (attempts > 1) {
        return discoverGroup(read, group, attempts - 1);
      }
      throw new MalformedAnswerError(`expected version ${version} of ${group}, which the server lists; found none`);
    }
    for (const resource of resourcesIn(answer, { group, version })) {
      found.set(resource.plural, found.get(resource.plural) ?? resource);
    }
    // Each version may name as many as an answer holds: before the last one is read, they would not fit into memory.
    atMost(MOST_RESOURCES, [...found.keys()], `kinds of ${group}`);
  }
  return [...found.values()];
}

function versionsIn(document: unknown, group: string): readonly string[] {
  const versions = recordsIn(document, "versions").map(({ version }) => version);
  return atMost(MOST_VERSIONS, versions, `versions of ${group}`).map((version) => {
    if (!isName(version)) {
      throw new MalformedAnswerError(`the answer about ${group} names a version that cannot be one`);
    }
    return version;
  });
}

function atMost<T>(most: number, found: readonly T[], what: string): readonly T[] {
  if (found.length > most) {
    throw new MalformedAnswerError(`expected at most ${most} ${what}, found ${found.length}`);
  }
  return found;
}

/** Reads which resources a server can list in one version of an API group. */
export async function discoverVersion(
  read: Read,
  groupVersion: Pick<Resource, "group" | "version">,
): Promise<readonly Resource[]> {
  const { group, version } = groupVersion;
  const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return resourcesIn(await read(path), groupVersion);
}

function resourcesIn(answer: unknown, { group, version }: Pick<Resource, "group" | "version">): readonly Resource[] {
  return recordsIn(answer, "resources")
    .filter(({ name, verbs }) => !String(name).includes("/") && Array.isArray(verbs) && verbs.includes("list"))
    .map(({ name: plural, kind, namespaced }) => {
      if (!isName(plural) || !isName(kind)) {
        throw new MalformedAnswerError("the answer about the kinds that the server knows names one that cannot be one");
      }
      return { group, version, kind, plural, namespaced: namespaced === true };
    });
}

// Names become a part of paths and of messages.
function isName(value: unknown): value is string {
  return typeof value === "string" && /^[a-z][-.\w]{0,62}$/iu.test(value);
}

function recordsIn(answer: unknown, field: string): readonly Readonly<Record<string, unknown>>[] {
  const items = isRecord(answer) ? answer[field] : undefined;
  if (!Array.isArray(items)) {
    throw new MalformedAnswerError(`the answer about the kinds that the server knows has no list "${field}"`);
  }
  return items.filter(isRecord);
}
