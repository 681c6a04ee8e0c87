import type { Obj } from "../../sim/object.ts";
import { helmController, sourceController } from "./flux.ts";
import { fluxOperator, meddler, orderer, process, workers } from "./people.ts";
import { accessOperator, clusterLife, collector, planeOperator, requestOperator, withPlane } from "./platform.ts";
import type { Settings } from "./provider.ts";
import { told } from "./requests.ts";
import type { Actor } from "./rule.ts";
import { created } from "./server.ts";
import { EMPTY, type KindName, KINDS, type Life, POD_SECRET, PULL_SECRET, type World, withValues } from "./world.ts";

/** A world to explore: what there is at first, who acts in it, and what the operator has set. */
export type Variant = {
  readonly name: string;
  /** What is special about it. */
  readonly what: string;
  readonly settings: Settings;
  readonly start: World;
  readonly actors: readonly Actor[];
  /** Objects of others under our names. */
  readonly foreign: readonly KindName[];
};

const LIFE: Life = { creations: 1, changes: 1, planes: 1 };

const ACTORS: readonly Actor[] = [
  orderer,
  process,
  planeOperator,
  accessOperator("access"),
  collector,
  sourceController("source"),
  helmController("release"),
  clusterLife("mcp"),
  workers,
  fluxOperator("release"),
  fluxOperator("source"),
  meddler("access"),
];

const START = withPlane(withValues(EMPTY, { life: LIFE }));

const plain: Variant = {
  name: "plain",
  what: "the toolkit on the control plane, no Secret needed",
  settings: { spec: {} },
  start: START,
  actors: ACTORS,
  foreign: [],
};

const brief: Variant = {
  ...plain,
  name: "brief",
  what: "the same, for a user who never changes the version",
  start: withPlane(withValues(EMPTY, { life: { creations: 1, changes: 0, planes: 0 } satisfies Life })),
};

const secrets: Variant = {
  ...plain,
  name: "secrets",
  what: "a pull secret for the chart, and one that the toolkit's pods need on the control plane",
  settings: {
    spec: {
      imagePullSecret: { name: PULL_SECRET },
      values: { manager: { imagePullSecrets: [{ name: POD_SECRET }] } },
    },
  },
  start: withPlane(withValues(EMPTY, { life: { creations: 1, changes: 0, planes: 0 } satisfies Life })),

  actors: [...ACTORS, meddler("copy")],
};

const workload: Variant = {
  ...plain,
  name: "workload",
  what: "the toolkit on a workload cluster, which is requested for it",
  settings: { spec: { targetCluster: "Workload" } },
  start: withPlane(withValues(EMPTY, { life: { creations: 1, changes: 0, planes: 0 } satisfies Life })),
  actors: [
    orderer,
    process,
    planeOperator,
    requestOperator,
    accessOperator("workloadAccess"),
    sourceController("source"),
    helmController("release"),
    clusterLife("workload"),
    fluxOperator("release"),
    meddler("workloadAccess"),
  ],
};

function foreign(name: KindName, spec: object): Variant {
  const { resource, title, namespace } = KINDS[name];
  const object: Obj = {
    apiVersion: resource.group === "" ? resource.version : `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: { name: KINDS[name].name, namespace },
    ...spec,
  };
  const other = withValues(START, {
    [name]: created(object, `${name}-0`),
    life: { creations: 1, changes: 0, planes: 0 } satisfies Life,
  });
  return {
    ...(name === "copy" ? secrets : plain),
    name: `foreign ${title}`,
    what: `somebody else's object has the name of our ${title}`,
    start: told(other, name),
    actors: ACTORS.filter((actor) => !["operator of Flux", "somebody"].includes(actor.name)),
    foreign: [name],
  };
}

/** Every world that is explored. */
export const VARIANTS: readonly Variant[] = [
  plain,
  brief,
  secrets,
  workload,
  foreign("source", { spec: { url: "oci://elsewhere.example.com/chart", ref: { tag: "0.4.0" }, suspend: true } }),
  foreign("release", { spec: { suspend: true } }),
  foreign("access", { spec: { requestRef: { name: "another", namespace: "another" } } }),
  foreign("copy", { type: "Opaque", data: {} }),
];

export function variantOf(name: string): Variant {
  const found = VARIANTS.find((variant) => variant.name === name);
  if (found === undefined) {
    throw new Error(`expected one of ${VARIANTS.map((variant) => variant.name).join(", ")}, found "${name}"`);
  }
  return found;
}
