import type { SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { Obj } from "../object.ts";
import { ControlLoop, type Next } from "../stand-in/control-loop.ts";
import { keyOf } from "../stand-in/ref.ts";
import { watchKind } from "../stand-in/watch-kind.ts";
import { textAt } from "../value-at.ts";
import type { ChartRegistry } from "./chart-registry.ts";
import { reconcileRelease } from "./helm-controller.ts";
import { helmReleaseType, ociRepositoryType, REQUESTED_AT } from "./kinds.ts";
import { reconcileSource } from "./source-controller.ts";
import { fastTimings, type FluxTimings } from "./timings.ts";

/** What Flux's stand-ins need. */
export type FluxOptions = {
  /** The cluster where OCIRepositories and HelmReleases live. */
  readonly client: SimClient;
  /** With this one the helm-controller gets there; default: `client`. */
  readonly releaseClient?: SimClient;
  /** Reaches the cluster that a kubeconfig (YAML) names. */
  readonly connect: (kubeconfig: string) => SimClient | Promise<SimClient>;
  readonly registry: ChartRegistry;
  readonly clock: SimClock;
  /** Whether helm-controller has the feature gate `DisableChartDigestTracking`. */
  readonly disablesChartDigestTracking?: boolean | undefined;
  /** Default `fastTimings`. */
  readonly timings?: FluxTimings;
  readonly signal: AbortSignal;
  /** Told about every reconcile that threw. */
  readonly onError?: (key: string, error: unknown) => void;
};

/**
 * Starts the stand-ins for source-controller and helm-controller; they run until the signal is aborted.
 *
 * Not played: sources other than OCIRepository, `ref.semver`, signatures, proxies, `valuesFrom`, post-renderers
 * other than patches in JSON, tests, drift detection, Events.
 */
export function startFlux(options: FluxOptions): void {
  const { client, releaseClient = client, clock, signal, onError } = options;
  const timings = options.timings ?? fastTimings;
  const context = { ...options, timings };
  const loop = (reconcile: (key: string) => Promise<Next>): ControlLoop =>
    new ControlLoop({ ...timings, reconcile, clock, signal, onError });
  const sources = loop((key) => reconcileSource(context, heardOf, key));
  const releases = loop((key) => reconcileRelease({ ...context, client: releaseClient }, key));
  const releasesBySource = new Map<string, Set<string>>();

  const heardOf = watchKind({
    client,
    signal,
    type: ociRepositoryType,
    onChange: (object, before) => {
      if (isWorkToDo(object, before)) {
        sources.add(keyOf(object));
      }
      if (revisionOf(object) !== revisionOf(before)) {
        releasesBySource.get(keyOf(object))?.forEach((key) => releases.add(key));
      }
    },
  });
  watchKind({
    client: releaseClient,
    signal,
    type: helmReleaseType,
    onChange: (object, before) => {
      const source = sourceKeyOf(object);
      releasesBySource.set(source, (releasesBySource.get(source) ?? new Set()).add(keyOf(object)));
      if (isWorkToDo(object, before)) {
        releases.add(keyOf(object));
      }
    },
  });
}

/** Flux looks at new specs and at requests, not at its own writes. */
function isWorkToDo(object: Obj, before: Obj | undefined): boolean {
  return (
    before === undefined ||
    object.metadata.generation !== before.metadata.generation ||
    object.metadata.annotations?.[REQUESTED_AT] !== before.metadata.annotations?.[REQUESTED_AT] ||
    object.metadata.uid !== before.metadata.uid
  );
}

function revisionOf(source: Obj | undefined): string {
  return textAt(source, "status", "artifact", "revision");
}

function sourceKeyOf(release: Obj): string {
  const namespace = textAt(release, "spec", "chartRef", "namespace") || (release.metadata.namespace ?? "");
  return `${namespace}/${textAt(release, "spec", "chartRef", "name")}`;
}
