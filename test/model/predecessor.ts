import { readFileSync } from "node:fs";

import { loadAll } from "js-yaml";

import type { Obj } from "../../sim/object.ts";
import { helmController, sourceController } from "./flux.ts";
import { accessOperator, requestOperator } from "./platform.ts";
import { told } from "./requests.ts";
import { done, remembered } from "./rule.ts";
import { created } from "./server.ts";
import {
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

const RECORDING = new URL("../takeover/first-names.yaml", import.meta.url);

/** Words in the recording that stand for what differs from tenant to tenant. */
const WORDS: Readonly<Record<string, string>> = {
  CONTROL_PLANE: OCM_REF.name,
  TENANT_NAMESPACE,
  WORKSPACE: OCM_REF.namespace,
  PULL_SECRET,
  DOCKER_CONFIG_JSON: Buffer.from('{"auths":{}}').toString("base64"),
  KUBECONFIG_SECRET: KINDS.kubeconfig.name,
  CHART_VERSION: "0.4.0",
  CHART_URL: "oci://registry.example.com/chart",
};

/** A world with a control plane, and with what the first versions of the Go provider have left of a tenant, at work. */
export function withLeftovers(world: World): World {
  const text = Object.entries(WORDS).reduce(
    (filled, [word, value]) => filled.replaceAll(word, value),
    readFileSync(RECORDING, "utf8"),
  );
  const objects = loadAll(text) as readonly Obj[];
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
  accessOperator("access"),
  accessOperator("workloadAccess"),
  sourceController("oldSource"),
  helmController("oldRelease"),
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
