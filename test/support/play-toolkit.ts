import type { SimClient } from "../../sim/client.ts";
import type { SimClock } from "../../sim/clock.ts";
import type { Obj } from "../../sim/object.ts";
import type { KindRef } from "../../sim/resource-paths.ts";
import { ControlLoop, type Next } from "../../sim/stand-in/control-loop.ts";
import { addFinalizer, removeFinalizer } from "../../sim/stand-in/finalizer.ts";
import { type Heard, watchKind } from "../../sim/stand-in/watch-kind.ts";
import { listAt, textAt, valueAt } from "../../sim/value-at.ts";
import { RELEASE_NAMESPACE } from "../../src/ocm/names.ts";

const KINDS = [
  "Repository",
  "Component",
  "Resource",
  "Deployer",
  "Replication",
  "NamespacedDeployer",
  "Discovery",
] as const;
type Kind = (typeof KINDS)[number];
type Objects = ReadonlyMap<Kind, readonly Obj[]>;

// A Deployer first removes what it has deployed, and then stops watching it.
const OF_DEPLOYERS = ["delivery.ocm.software/applyset-prune", "delivery.ocm.software/watch"];

/** The finalizers that the toolkit's controllers set, in the order in which they take them off. */
const FINALIZERS: Readonly<Record<Kind, readonly string[]>> = {
  Repository: ["finalizers.ocm.software/repository"],
  Component: ["finalizers.ocm.software/component"],
  Resource: ["finalizers.ocm.software/resource"],
  Deployer: OF_DEPLOYERS,
  NamespacedDeployer: OF_DEPLOYERS,
  Replication: ["finalizers.ocm.software/replication"],
  Discovery: [],
};

type Uses = (user: Obj, used: Obj) => boolean;

const refersTo =
  (field: string): Uses =>
  (user, used) =>
    textAt(user, "spec", field, "name") === used.metadata.name;
const refersWithinNamespaceTo =
  (field: string): Uses =>
  (user, used) =>
    user.metadata.namespace === used.metadata.namespace && refersTo(field)(user, used);
const refersAcrossNamespacesTo =
  (field: string): Uses =>
  (user, used) =>
    textAt(user, "spec", field, "namespace") === used.metadata.namespace && refersTo(field)(user, used);

/** Who keeps an object of a kind from going. The toolkit ignores the namespace of a Component that uses a Repository. */
const USERS: Readonly<Partial<Record<Kind, Readonly<Partial<Record<Kind, Uses>>>>>> = {
  Repository: { Component: refersTo("repositoryRef") },
  Component: {
    Resource: refersWithinNamespaceTo("componentRef"),
    Discovery: refersWithinNamespaceTo("componentRef"),
  },
  Resource: {
    Deployer: refersAcrossNamespacesTo("resourceRef"),
    NamespacedDeployer: refersWithinNamespaceTo("resourceRef"),
  },
};

/** Kinds that a controller of an earlier version does not know. */
const SINCE: Readonly<Partial<Record<Kind, string>>> = {
  Replication: "0.5.0",
  NamespacedDeployer: "0.16.0",
  Discovery: "0.16.0",
};

/** The toolkit looks at these only while they are not suspended, even if they are being deleted. */
const IDLE_WHILE_SUSPENDED: readonly Kind[] = ["Resource", "Deployer", "NamespacedDeployer"];

const MIN_RETRY_MS = 50;
const MAX_RETRY_MS = 1000;

/**
 * Plays the toolkit's controllers on a control plane as far as finalizers go, until the signal is aborted.
 *
 * They are at work while there is a Deployment of the toolkit, and look at the kinds that its version knows: nobody else
 * ever takes the finalizers of the others off.
 */
export function playToolkit(client: SimClient, { clock, signal }: { clock: SimClock; signal: AbortSignal }): void {
  const loop = new ControlLoop({
    reconcile: () => reconcile(),
    clock,
    signal,
    minRetryMs: MIN_RETRY_MS,
    maxRetryMs: MAX_RETRY_MS,
  });
  const watch = (type: KindRef): Heard => watchKind({ client, signal, type, onChange: () => loop.add("toolkit") });
  const deployments = watch({ apiVersion: "apps/v1", kind: "Deployment", namespace: RELEASE_NAMESPACE });
  const heard = new Map(KINDS.map((kind) => [kind, watch({ apiVersion: "delivery.ocm.software/v1alpha1", kind })]));
  const reconcile = async (): Promise<Next> => {
    const running = deployments.values().find(({ metadata }) => metadata.deletionTimestamp === undefined);
    const objects = new Map(
      KINDS.filter((kind) => running !== undefined && isKnown(kind, running)).map((kind) => [
        kind,
        [...(heard.get(kind)?.values() ?? [])],
      ]),
    );
    for (const [kind, known] of objects) {
      for (const object of known) {
        await settle(client, { kind, object }, objects);
      }
    }
    return "settled";
  };
}

function isKnown(kind: Kind, deployment: Obj): boolean {
  const [container] = listAt(deployment, "spec", "template", "spec", "containers");
  const version = textAt(container, "image").split(":").at(-1) ?? "";
  return version.localeCompare(SINCE[kind] ?? "", "en", { numeric: true }) >= 0;
}

async function settle(
  client: SimClient,
  { kind, object }: { readonly kind: Kind; readonly object: Obj },
  objects: Objects,
): Promise<void> {
  if (IDLE_WHILE_SUSPENDED.includes(kind) && valueAt(object, "spec", "suspend") === true) {
    return;
  }
  const present = object.metadata.finalizers ?? [];
  if (object.metadata.deletionTimestamp === undefined) {
    for (const finalizer of FINALIZERS[kind].filter((one) => !present.includes(one))) {
      await addFinalizer(client, object, finalizer);
    }
    return;
  }
  const next = FINALIZERS[kind].find((finalizer) => present.includes(finalizer));
  if (next !== undefined && !isUsed(kind, object, objects)) {
    await removeFinalizer(client, object, next);
  }
}

function isUsed(kind: Kind, object: Obj, objects: Objects): boolean {
  return Object.entries(USERS[kind] ?? {}).some(([user, uses]) =>
    objects.get(user as Kind)?.some((one) => uses(one, object)),
  );
}
