import { setTimeout as sleep } from "node:timers/promises";

import type { Obj } from "../../sim/object.ts";
import type { LeanClient } from "./lean-client.ts";
import { OCM_GROUP, type TenantPlace } from "./tenants.ts";

type Condition = { readonly type: string; readonly status: string; readonly observedGeneration?: number };
type Release = Obj & {
  readonly spec?: { readonly values?: Readonly<Record<string, unknown>> };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
};
type Ocm = Obj & { readonly status?: { readonly observedGeneration?: number; readonly phase?: string } };

/** When something was first seen in the present phase, by tenant: ms of this process's clock. */
type Sightings = Map<string, number>;

/** What is waited for. */
export type Sight = "release" | "releaseReady" | "configured" | "ocmReady" | "ocmGone";

const LOOK_MS = 20;
const STALLED_AFTER_MS = 300_000;

/** Watches HelmReleases and OCM objects at the API servers and notes when each tenant gets where. */
export class Observer {
  readonly #seen: Readonly<Record<Sight, Sightings>> = {
    release: new Map(),
    releaseReady: new Map(),
    configured: new Map(),
    ocmReady: new Map(),
    ocmGone: new Map(),
  };
  readonly #tenants = new Set<string>();
  /** The tenants whose OCM objects are not Ready, by what was seen last. */
  readonly #unready = new Set<string>();
  #phase = { startMs: 0, marker: "" };

  /** Starts to watch these tenants, which are known by the namespace on the platform cluster and by name. */
  async start(
    clients: { readonly platform: LeanClient; readonly onboarding: LeanClient },
    places: readonly TenantPlace[],
  ): Promise<void> {
    for (const { name } of places) {
      this.#tenants.add(name);
    }
    const byNamespace = new Map(places.map(({ namespace, name }) => [namespace, name]));
    await clients.platform.follow<Release>("/apis/helm.toolkit.fluxcd.io/v2/helmreleases", ({ type, object }) => {
      if (type !== "DELETED") {
        this.#seeRelease(byNamespace.get(object.metadata.namespace ?? "") ?? "", object);
      }
    });
    await clients.onboarding.follow<Ocm>(`/apis/${OCM_GROUP}/ocms`, ({ type, object }) => {
      const { name, generation } = object.metadata;
      if (type === "DELETED") {
        this.#note("ocmGone", name);
      } else if (object.status?.phase === "Ready" && object.status.observedGeneration === generation) {
        this.#unready.delete(name);
        this.#note("ocmReady", name);
      } else if (this.#tenants.has(name)) {
        this.#unready.add(name);
      }
    });
  }

  #seeRelease(tenant: string, { metadata, spec, status }: Release): void {
    const isReady =
      status?.observedGeneration === metadata.generation &&
      status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;
    this.#note("release", tenant);
    if (spec?.values?.["bench"] === this.#phase.marker) {
      this.#note("configured", tenant);
    }
    if (isReady) {
      this.#note("releaseReady", tenant);
    }
  }

  #note(sight: Sight, tenant: string): void {
    const seen = this.#seen[sight];
    if (this.#tenants.has(tenant) && !seen.has(tenant)) {
      seen.set(tenant, performance.now());
    }
  }

  /** Forgets what was seen; from now on releases with this value `bench` count as configured. */
  begin(marker = ""): void {
    for (const seen of Object.values(this.#seen)) {
      seen.clear();
    }
    this.#phase = { startMs: performance.now(), marker };
  }

  /** Waits until so many tenants were seen like this. */
  until(sight: Sight, count: number): Promise<void> {
    const seen = this.#seen[sight];
    return untilNone(() => Math.max(0, count - seen.size), `tenants are not seen as ${sight}`);
  }

  /** Waits until every OCM object that was seen is Ready. */
  untilAllReady(): Promise<void> {
    return untilNone(() => this.#unready.size, "OCM objects are not Ready");
  }

  /** When each tenant was seen, in ms from the beginning of the phase, in order. */
  times(sight: Sight): readonly number[] {
    const times = [...this.#seen[sight].values()].map((ms) => ms - this.#phase.startMs);
    return times.toSorted((one, other) => one - other);
  }

  /** How long each tenant's OCM object was Ready after its HelmRelease. */
  latencies(): readonly number[] {
    return [...this.#seen.ocmReady].flatMap(([tenant, atMs]) => {
      const release = this.#seen.releaseReady.get(tenant);
      return release === undefined ? [] : [Math.max(0, atMs - release)];
    });
  }
}

async function untilNone(count: () => number, what: string): Promise<void> {
  let last = { left: count(), atMs: performance.now() };
  while (last.left > 0) {
    await sleep(LOOK_MS);
    const left = count();
    if (left !== last.left) {
      last = { left, atMs: performance.now() };
    } else if (performance.now() - last.atMs > STALLED_AFTER_MS) {
      throw new Error(`expected none, found that ${left} ${what}, and no progress`);
    }
  }
}
