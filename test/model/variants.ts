import type { Obj } from "../../sim/object.ts";
import { helmController, sourceController } from "./flux.ts";
import { fluxOperator, impatient, meddler, orderer, process, workers } from "./people.ts";
import { accessOperator, clusterLife, collector, planeOperator, requestOperator, withPlane } from "./platform.ts";
import { withLeftovers } from "./predecessor.ts";
import type { Settings } from "./provider.ts";
import { told } from "./requests.ts";
import { type Actor, done, remembered } from "./rule.ts";
import { created } from "./server.ts";
import {
  EMPTY,
  finalizerOf,
  type KindName,
  KINDS,
  type Life,
  type OcmName,
  POD_SECRET,
  PULL_SECRET,
  read,
  type Version,
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
  /** It is explored from the state to which this comes when nothing goes wrong. */
  readonly isFromRest?: boolean;
  readonly actors: readonly Actor[];
  /** Objects of others under our names. */
  readonly foreign: readonly KindName[];
  /** How much goes wrong in it unless somebody asks for more: in a large world less than in the others. */
  readonly faults: number;
};

/** A life in which the toolkit is ordered, and never changed. */
const LIFE: Life = { creations: 1, twins: 0, changes: 0, planes: 0 };

const ACTORS: readonly Actor[] = [
  orderer("ocm"),
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
  faults: 2,
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
    orderer("ocm"),
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
function ordered(world: World, name: OcmName = "ocm"): World {
  const [order] = remembered(orderer(name))(world);
  const next = order === undefined ? world : done(world, order);
  const ocm = read(next, name);
  const held = ocm && { ...ocm, metadata: { ...ocm.metadata, finalizers: [finalizerOf(name)] } };
  return told(withValues(next, { [name]: held }), name);
}

const takeover: Variant = {
  ...plain,
  name: "takeover",
  what: "what the first versions of the Go provider have left, to be taken over or removed",
  settings: { spec: { imagePullSecret: { name: PULL_SECRET } } },
  start: ordered(withLeftovers(startOf({}), { names: "first-names", access: "access" })),
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

/** Who acts where a tenant has objects of both API groups. */
function actorsOfTwins(version: Version = "0.4.0"): readonly Actor[] {
  return [
    ...ACTORS,
    orderer("currentOcm", version),
    accessOperator("currentAccess"),
    collector("currentAccess"),
    meddler("currentAccess"),
    impatient,
  ];
}

function withoutFaults({ deeds, ...actor }: Actor): Actor {
  return { ...actor, deeds: (world) => deeds(world).filter(({ isFault = false }) => !isFault) };
}

const twins: Variant = {
  ...plain,
  name: "twins",
  what: "objects of both API groups for the same version, created and deleted in any order",
  start: startOf({ twins: 1 }),
  actors: actorsOfTwins(),
  faults: 1,
};

const migration: Variant = {
  ...twins,
  name: "migration",
  what: "the earlier object is Ready, and the current one comes; Flux, clusters and users of the toolkit do nothing unusual",
  start: ordered(startOf({ twins: 1 })),
  isFromRest: true,
  faults: 2,
  actors: twins.actors.map((actor) => (actor === impatient || actor === planeOperator ? actor : withoutFaults(actor))),
};

const installed: Variant = {
  ...migration,
  name: "installed",
  what: "the same, from the moment at which the Go provider has left it",
  settings: takeover.settings,
  start: ordered(withLeftovers(startOf({ twins: 1 }), { names: "later-names", access: "access" })),
  isFromRest: false,
  faults: 1,
};

const held: Variant = {
  ...migration,
  name: "held twins",
  what: "the same, but both objects are there and have a finalizer, as after a provider that was killed in a hand-over",
  start: ordered(ordered(startOf({ twins: 1 })), "currentOcm"),
  isFromRest: false,
};

const byHand: Variant = {
  ...held,
  name: "by hand",
  what: "the same, but the user does nothing, and the control plane stays",
  actors: held.actors
    .map((actor) => (actor === impatient ? actor : withoutFaults(actor)))
    .filter(({ name }) => name !== "user"),
};

const unequal: Variant = {
  ...twins,
  name: "unequal twins",
  what: "the same, but the current object asks for another version",
  actors: actorsOfTwins("0.5.0"),
};

/** What the Go provider has left of its earlier API group after a change by hand: an AccessRequest that nobody takes back. */
const forgotten = withLeftovers(startOf({ twins: 1 }), { names: "later-names", access: "access", isStuck: true });

const successor: Variant = {
  ...twins,
  name: "successor",
  what: "what the Go provider has left in today's API group, with an AccessRequest of the earlier one, whose object can come",
  settings: takeover.settings,
  start: ordered(withLeftovers(forgotten, { names: "renamed-group", access: "currentAccess" }), "currentOcm"),
};

const stray: Variant = {
  ...successor,
  name: "stray",
  what: "the same, but its AccessRequest has a name under which it could not find it, and nothing is installed; nothing unusual as in migration",
  start: ordered(
    withLeftovers(startOf({ twins: 1 }), { names: "renamed-group", access: "strayAccess", isStuck: true }),
    "currentOcm",
  ),
  actors: [
    ...migration.actors,
    ...[accessOperator("strayAccess"), collector("strayAccess")].map((actor) => withoutFaults(actor)),
    meddler("strayAccess"),
  ],
};

const takeoverOfTwins: Variant = {
  ...migration,
  name: "takeover twins",
  what: "what the first versions of the Go provider have left, and the current object comes; nothing unusual as in migration",
  settings: takeover.settings,
  start: ordered(withLeftovers(startOf({ twins: 1 }), { names: "first-names", access: "access" })),
  isFromRest: false,
  faults: 0,
  actors: [
    ...migration.actors,
    ...takeover.actors.filter((actor) => !ACTORS.includes(actor)).map((actor) => withoutFaults(actor)),
  ],
};

const onWorkloadCluster: Variant = {
  ...workload,
  name: "workload twins",
  what: "objects of both API groups, the toolkit on a workload cluster",
  start: startOf({ twins: 1 }),
  actors: [...workload.actors, orderer("currentOcm"), impatient],
  faults: 1,
};

const back: Variant = {
  ...migration,
  name: "there and back",
  what: "the same as migration, and the earlier object can come again",
  start: ordered(startOf({ creations: 2, twins: 1 })),
  faults: 1,
};

const lostInMigration: Variant = {
  ...migration,
  name: "lost migration",
  what: "the same as migration, but a control plane that is lost is ordered again",
  start: ordered(startOf({ twins: 1, planes: 1 })),
  faults: 1,
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
  twins,
  unequal,
  migration,
  held,
  byHand,
  installed,
  successor,
  stray,
  takeoverOfTwins,
  onWorkloadCluster,
  back,
  lostInMigration,
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
