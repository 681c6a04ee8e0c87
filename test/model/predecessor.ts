import { readFileSync } from "node:fs";

import { loadAll } from "js-yaml";

import type { Obj } from "../../sim/object.ts";
import { helmController, sourceController } from "./flux.ts";
import { accessOperator, requestOperator } from "./platform.ts";
import { told } from "./requests.ts";
import { done, remembered } from "./rule.ts";
import { created } from "./server.ts";
import {
  ACCESS_NAMES,
  ACCESSES,
  CACHED,
  KIND_NAMES,
  type KindName,
  KINDS,
  OCM_REF,
  PULL_SECRET,
  TENANT_NAMESPACE,
  type World,
  withValues,
} from "./world.ts";

/** What the Go provider has left: of which of its releases, and which AccessRequest. */
export type Leftovers = {
  readonly names: "first-names" | "later-names" | "renamed-group";
  readonly access: "access" | "currentAccess" | "strayAccess";
  /** It has come no further than to its AccessRequest. */
  readonly isStuck?: boolean;
};

/** Words in the recording that stand for what differs from tenant to tenant. */
const WORDS: Readonly<Record<string, string>> = {
  CONTROL_PLANE: OCM_REF.name,
  TENANT_NAMESPACE,
  WORKSPACE: OCM_REF.namespace,
  PULL_SECRET,
  DOCKER_CONFIG_JSON: Buffer.from('{"auths":{}}').toString("base64"),
  CHART_VERSION: "0.4.0",
  CHART_URL: "oci://registry.example.com/chart",
};

/** A world with a control plane, and with what the Go provider has left of a tenant, at work. */
export function withLeftovers(world: World, { names, access, isStuck = false }: Leftovers): World {
  const words = {
    ACCESS_REQUEST: KINDS[access].name,
    KUBECONFIG_SECRET: KINDS[ACCESSES[access].kubeconfig].name,
    ...WORDS,
  };
  const recording = readFileSync(new URL(`../takeover/${names}.yaml`, import.meta.url), "utf8");
  const text = Object.entries(words).reduce((filled, [word, value]) => filled.replaceAll(word, value), recording);
  const objects = (loadAll(text) as readonly Obj[])
    .filter(({ metadata }) => metadata.namespace === TENANT_NAMESPACE)
    .filter(({ kind }) => !isStuck || kind === KINDS[access].resource.kind);
  const places = objects.map((object) => {
    const name = KIND_NAMES.find((one) => isOf(one, object));
    return [name ?? "", created(object, `${name ?? ""}-0`)] as const;
  });
  const placed = CACHED.reduce(told, withValues(world, Object.fromEntries(places)));
  return atRest(placed);
}

function isOf(name: KindName, { kind, metadata }: Obj): boolean {
  return KINDS[name].resource.kind === kind && KINDS[name].name === metadata.name;
}

const ACTORS = [
  requestOperator,
  ...ACCESS_NAMES.map(accessOperator),
  sourceController("oldSource"),
  helmController("oldRelease"),
  sourceController("source"),
  helmController("release"),
].map(remembered);

function atRest(start: World): World {
  let world = start;
  for (;;) {
    const deed = ACTORS.flatMap((deeds) => deeds(world)).find(({ isFault }) => !isFault);
    if (deed === undefined) {
      return world;
    }
    world = done(world, deed);
  }
}
