import type { Deployment } from "../kube/core.ts";
import type { Condition, KubeObject } from "../kube/object.ts";

/** What a Flux controller is told by its arguments, as far as that counts for objects in tenant namespaces. */
export type ControllerArguments = {
  readonly image: string;
  /** Feature gates that are on. */
  readonly gates: readonly string[];
  readonly watchesAllNamespaces: boolean;
  readonly labelSelector: string;
};

/** Reads the arguments of a Flux controller. Pure. */
export function readArguments({ spec }: Deployment): ControllerArguments {
  const [container = { name: "" }] = spec?.template.spec?.containers ?? [];
  const { image = "", command = [], args = [] } = container;
  const last = (name: string): string | undefined =>
    [...command, ...args].findLast((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const gates = (last("feature-gates") ?? "").split(",").filter((gate) => /=true$/i.test(gate));
  return {
    image,
    gates: gates.map((gate) => gate.replace(/=.*$/, "")),
    watchesAllNamespaces: last("watch-all-namespaces") !== "false",
    labelSelector: last("watch-label-selector") ?? "",
  };
}

/** An object that Flux reconciles, as far as it tells whether Flux does. */
export type Reconciled = KubeObject & {
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
};

/** How long Flux may leave a change of an object alone, even when it has much to do. */
const LONGEST_DELAY_MS = 5 * 60_000;

/**
 * Whether Flux has not looked at an object, although that was changed minutes ago. Pure.
 *
 * `Reconciling` is what Flux says while it works on a change, which may take long.
 */
export function isNeglected({ metadata, spec, status }: Reconciled, nowMs: number): boolean {
  const { observedGeneration = -1, conditions = [] } = status ?? {};
  const isWorkedOn = conditions.some((condition) => condition.type === "Reconciling" && condition.status === "True");
  const isSeen = observedGeneration >= (metadata.generation ?? 0) || isWorkedOn;
  return !isSeen && spec?.suspend !== true && nowMs - lastChangeMs(metadata) > LONGEST_DELAY_MS;
}

function lastChangeMs({ managedFields = [], creationTimestamp = "" }: KubeObject["metadata"]): number {
  const changes = managedFields.filter(({ subresource }) => subresource === undefined).map(({ time = "" }) => time);
  return Math.max(...[creationTimestamp, ...changes].map((time) => Date.parse(time)).filter(Number.isFinite));
}

/** When Flux has last written the status of one of some objects, in ms; undefined when it never has. Pure. */
export function lastSignOfLife(objects: readonly Reconciled[]): number | undefined {
  const times = objects.flatMap(({ metadata, status }) => [
    ...(metadata.managedFields ?? [])
      .filter(({ subresource }) => subresource === "status")
      .map(({ time = "" }) => Date.parse(time)),
    ...(status?.conditions ?? []).map(({ lastTransitionTime }) => Date.parse(lastTransitionTime)),
  ]);
  const known = times.filter(Number.isFinite);
  return known.length === 0 ? undefined : Math.max(...known);
}
