import { isDeepStrictEqual } from "node:util";

import { configMaps, type ConfigMap, secrets, type Secret } from "../../kube/core.ts";
import { ApiError, NotFoundError } from "../../kube/errors.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { StalledError } from "../../runtime/errors.ts";
import type { Look } from "../../runtime/named-informers.ts";
import { type ProviderDefinition, servedResources } from "../service/definition.ts";
import { leaderOf } from "../service/served.ts";
import type { ServiceObject } from "../service/status.ts";
import { type Input } from "./input.ts";
import type { Live } from "./live.ts";
import { changedTo } from "./changed-to.ts";
import { chooseConfig } from "./offline.ts";
import { readConfig, type ReadConfig } from "./read-settings.ts";

/** Finds the ProviderConfig that counts. */
export async function findConfig<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  { platform, providerName: name, signal }: Live,
): Promise<C | undefined> {
  const kinds = servedResources(definition).map(({ configResource }) => configResource);
  const found = await Promise.all(kinds.map((resource) => platform.find(resource, { name }, signal)));
  return leaderOf(found.filter((config) => config !== undefined));
}

/** The ProviderConfig as it is when the one of the files has been applied. */
export function nextConfig<T extends ServiceObject, C extends ServiceObject, S>(
  { settings }: ProviderDefinition<T, C, S>,
  { configs }: Input<T, C>,
  { present, providerName }: { readonly present: C | undefined; readonly providerName: string },
): C | undefined {
  const written = chooseConfig(configs, providerName);
  if (written === undefined) {
    return present;
  }
  const { name } = written.metadata;
  if (name !== providerName) {
    throw new Error(`-f: found ProviderConfig "${name}", expected the one that counts, "${providerName}"`);
  }
  // The API server fills in defaults, so that two specs can mean the same.
  return present === undefined ? written : changedTo(present, written, isSameFor(settings.read, present, written));
}

function isSameFor<C>(read: (config: C) => unknown, one: C, other: C): boolean {
  try {
    return isDeepStrictEqual(read(one), read(other));
  } catch (error) {
    if (error instanceof StalledError) {
      return false;
    }
    throw error;
  }
}

type ReadingLive<T, C> = {
  readonly config: C | undefined;
  readonly live: Live;
  /** Secrets and ConfigMaps that take the place of those on the platform. */
  readonly input?: Input<T, C>;
};

/** Reads a ProviderConfig with the objects on the platform that it names, each when it turns out that it is named. */
export async function readLive<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  { config, live, input }: ReadingLive<T, C>,
): Promise<ReadConfig<S>> {
  const missing: (() => Promise<void>)[] = [];
  const lookAt = <O extends KubeObject>(resource: Resource<O>, given: ReadonlyMap<string, O> = new Map()) => {
    const known = new Map(
      Array.from(given, ([name, object]): [string, Look<O>] => [name, { state: "present", object }]),
    );
    return (name: string): Look<O> => {
      const found = known.get(name);
      if (found === undefined) {
        missing.push(async () => void known.set(name, await lookOnPlatform(live, resource, name)));
      }
      return found ?? { state: "absent" };
    };
  };
  const { supplement } = definition.settings;
  const looks = {
    secret: lookAt<Secret>(secrets, input?.secrets),
    configMap: lookAt<ConfigMap>(configMaps, input?.configMaps),
    supplement: supplement === undefined ? absent : lookAt(supplement.resource, input?.supplements),
  };
  for (;;) {
    const read = readConfig(definition, { ...live, ...looks, config });
    const asked = missing.splice(0);
    if (asked.length === 0) {
      return read;
    }
    await Promise.all(asked.map((ask) => ask()));
  }
}

function absent(): Look<KubeObject> {
  return { state: "absent" };
}

async function lookOnPlatform<O extends KubeObject>(
  { platform, namespace, signal }: Live,
  resource: Resource<O>,
  name: string,
): Promise<Look<O>> {
  try {
    // As the provider does, whose account may list such objects and not get each kind of them.
    const { items } = await platform.list<O>(resource, { namespace, fieldSelector: `metadata.name=${name}`, signal });
    const [object] = items;
    return object === undefined ? { state: "absent" } : { state: "present", object };
  } catch (error) {
    if (error instanceof NotFoundError) {
      return { state: "absent" };
    }
    if (error instanceof ApiError) {
      return { state: "unknown" };
    }
    throw error;
  }
}
