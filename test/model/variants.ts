import type { Obj } from "../../sim/object.ts";
import { helmController, sourceController } from "./flux.ts";
import { fluxOperator, meddler, orderer, process, workers } from "./people.ts";
import { accessOperator, clusterLife, collector, planeOperator, requestOperator, withPlane } from "./platform.ts";
import { withLeftovers } from "./predecessor.ts";
import type { Settings } from "./provider.ts";
import { told } from "./requests.ts";
import { type Actor, done, remembered } from "./rule.ts";
import { FINALIZER } from "./rules.ts";
import { created } from "./server.ts";
import {
  EMPTY,
  type KindName,
  KINDS,
  type Life,
  POD_SECRET,
  PULL_SECRET,
  read,
  type World,
  withValues,
} from "./world.ts";

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

/** A life in which the toolkit is ordered, and never changed. */
const LIFE: Life = { creations: 1, changes: 0, planes: 0 };

const ACTORS: readonly Actor[] = [
  orderer,
  process,
  planeOperator,
  accessOperator("access"),
  collector("access"),
  sourceController("source"),
  helmController("release"),
  clusterLife("mcp"),
  workers,
  fluxOperator("release"),
  fluxOperator("source"),
  meddler("access"),
];

function startOf(life: Partial<Life>): World {
  return withPlane(withValues(EMPTY, { life: { ...LIFE, ...life } }));
}

const plain: Variant = {
  name: "plain",
  what: "the toolkit on the control plane, no Secret needed; the version is changed once",
  settings: { spec: {} },
  start: startOf({ changes: 1 }),
  actors: ACTORS,
  foreign: [],
};

const brief: Variant = {
  ...plain,
  name: "brief",
  what: "the same, but the version is never changed",
  start: startOf({}),
};

const lost: Variant = {
  ...plain,
  name: "lost",
  what: "the same as brief, but a control plane that is lost is ordered again",
  start: startOf({ planes: 1 }),
};

const full: Variant = {
  ...plain,
  name: "full",
  what: "plain and lost together",
  start: startOf({ changes: 1, planes: 1 }),
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
  start: startOf({}),

  actors: [...ACTORS, meddler("copy")],
};

const workload: Variant = {
  ...plain,
  name: "workload",
  what: "the toolkit on a workload cluster, which is requested for it",
  settings: { spec: { targetCluster: "Workload" } },
  start: startOf({}),
  actors: [
    orderer,
    process,
    planeOperator,
    requestOperator,
    accessOperator("workloadAccess"),
    collector("workloadAccess"),
    sourceController("source"),
    helmController("release"),
    clusterLife("workload"),
    fluxOperator("release"),
    meddler("workloadAccess"),
  ],
};

/** The world in which the user has ordered the toolkit, and a provider holds the order. */
function ordered(world: World): World {
  const [order] = remembered(orderer)(world);
  const next = order === undefined ? world : done(world, order);
  const ocm = read(next, "ocm");
  const held = ocm && { ...ocm, metadata: { ...ocm.metadata, finalizers: [FINALIZER] } };
  return told(withValues(next, { ocm: held }), "ocm");
}

const takeover: Variant = {
  ...plain,
  name: "takeover",
  what: "what the first versions of the Go provider have left, to be taken over or removed",
  settings: { spec: { imagePullSecret: { name: PULL_SECRET } } },
  start: ordered(withLeftovers(startOf({}))),
  actors: [
    ...ACTORS,
    requestOperator,
    accessOperator("workloadAccess"),
    collector("workloadAccess"),
    sourceController("oldSource"),
    helmController("oldRelease"),
    fluxOperator("oldRelease"),
  ],
};

const again: Variant = {
  ...plain,
  name: "again",
  what: "a user who orders the toolkit again after it was removed",
  start: startOf({ creations: 2 }),
};

function foreign(name: KindName, spec: object): Variant {
  const { resource, title, namespace } = KINDS[name];
  const object: Obj = {
    apiVersion: resource.group === "" ? resource.version : `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: { name: KINDS[name].name, namespace },
    ...spec,
  };
  const other = withValues(startOf({}), { [name]: created(object, `${name}-0`) });
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
  lost,
  full,
  brief,
  secrets,
  workload,
  takeover,
  again,
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
