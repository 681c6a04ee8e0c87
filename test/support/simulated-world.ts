import { startInProcessGround } from "../../ground/embedded/in-process-ground.ts";
import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import type { Simulation, SimulationOptions } from "../../ground/embedded/simulation.ts";
import { VirtualClock } from "../../sim/clock.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import type { SimTransport } from "../../sim/transport.ts";
import { parseLabelSelector } from "../../src/kube/label-selector.ts";
import { provider } from "../../src/ocm/provider.ts";
import type { Program } from "../../src/openmcp/command/command.ts";
import type { ControllerDeps } from "../../src/openmcp/service/definition.ts";
import type { TenantObserver } from "../../src/openmcp/service/tenant-figures.ts";
import type { ListLeases } from "../../src/openmcp/service/unserved.ts";
import { ocmRef, type OcmName } from "./kinds.ts";
import { isReady, type ServiceObj } from "./ocm-status.ts";
import { installCrds, runSimulatedProvider } from "./simulated-provider.ts";
import { providerConfig, PULL_SECRET, pullSecret } from "./world.ts";

/** One request of the provider on its way to a simulated cluster. */
export type RequestOnItsWay = {
  /** 1 for the first request of the first provider. */
  readonly number: number;
  /** `<cluster> <method> <path>`. */
  readonly text: string;
  /** Selector of the process that sends it. */
  readonly from: string;
  readonly send: () => ReturnType<SimTransport>;
  /** Aborted when the provider gives the request up. */
  readonly signal: AbortSignal;
};

/** Decides what becomes of a request; the default sends it. */
export type Intercept = (request: RequestOnItsWay, world: SimulatedWorld) => ReturnType<SimTransport>;

/** Whose lives are played: a provider, and what its operator sets up. */
export type Cast = {
  readonly program: Program;
  /** Name of the ProviderConfig that counts. */
  readonly providerName: string;
  /** Whether the onboarding cluster refuses versions that are not on offer. Default: no. */
  readonly hasAdmission?: boolean;
  readonly configure: (simulation: Simulation) => Promise<void>;
};

type WorldOptions = Pick<SimulationOptions, "between" | "decide" | "fluxTimings" | "watchDelayMs"> & {
  readonly cast?: Cast;
  /** Told by all processes of the provider. */
  readonly observeTenants?: TenantObserver;
  /** Observes queues and controllers of all processes. */
  readonly observe?: ControllerDeps["observe"];
  /** The Leases that the processes find. Default: none of them looks for any. */
  readonly listLeases?: ListLeases;
};
/** A process that serves a part of the tenants. */
export type Shard = {
  readonly selector?: string;
  /** Whether it does what is done once for all tenants. Default: yes. */
  readonly isOnDuty?: boolean;
};
type Started = Pick<SimulatedWorld, "clock" | "simulation"> & {
  seed: number;
  intercept: Intercept;
  cast: Pick<WorldOptions, "observeTenants" | "observe" | "listLeases"> & Cast;
};

/** The provider of the OCM K8s Toolkit. */
export const ocmCast: Cast = {
  program: provider,
  providerName: "ocm",
  configure: async ({ platform, charts }) => {
    await platform.client.create(pullSecret(charts.dockerConfigJson));
    await platform.client.create(providerConfig({ chartURL: charts.chartURL, imagePullSecret: { name: PULL_SECRET } }));
  },
};

/** Longest virtual time in which something that is expected has to happen. */
const PATIENCE_MS = 10 * 60_000;
const STEP_MS = 50;

/** Clusters, platform, Flux and a provider in this process, on a virtual clock: the same seed, the same history. */
export class SimulatedWorld {
  readonly clock: VirtualClock;
  readonly simulation: Simulation;
  readonly #seed: number;
  readonly #intercept: Intercept;
  readonly #cast: Started["cast"];
  readonly #providers = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>();
  #requests = 0;

  private constructor(start: Started) {
    this.clock = start.clock;
    this.simulation = start.simulation;
    this.#seed = start.seed;
    this.#intercept = start.intercept;
    this.#cast = start.cast;
  }

  /** Starts everything but the provider, with the objects of the operator in place. */
  static async start(
    seed: number,
    intercept: Intercept = ({ send }) => send(),
    { cast = ocmCast, observeTenants, observe, listLeases, ...ground }: WorldOptions = {},
  ): Promise<SimulatedWorld> {
    const clock = new VirtualClock();
    const simulation = await clock.runUntil(startInProcessGround({ ...ground, clock, seed }));
    if (simulation === undefined) {
      throw new Error("expected a simulation");
    }
    await installCrds(cast.program, simulation, clock);
    await cast.configure(simulation);
    const observers = { ...(observeTenants && { observeTenants }), ...(observe && { observe }) };
    const equipped = { ...cast, ...observers, ...(listLeases && { listLeases }) };
    return new SimulatedWorld({ clock, simulation, seed, intercept, cast: equipped });
  }

  /** Starts a provider process; with a selector, one of several. */
  startProvider({ selector = "", isOnDuty = true }: Shard = {}): void {
    const stop = new AbortController();
    const ended = runSimulatedProvider({
      ...this.#cast,
      simulation: this.simulation,
      clock: this.clock,
      random: seededRandom(this.#seed),
      signal: stop.signal,
      ...(selector !== "" && { watchSelector: parseLabelSelector(selector) }),
      ...(!isOnDuty && { onDuty: never<void>() }),
      intercept: (text, send, signal) =>
        stop.signal.aborted ? never() : this.#take({ text, from: selector, send, signal }),
    });
    this.#providers.set(selector, { stop, ended });
  }

  /** Ends the provider as a SIGKILL does: no request of it is sent or answered any more. */
  crash(selector = ""): void {
    const process = this.#providers.get(selector);
    process?.stop.abort();
    process?.ended.catch(() => undefined);
    this.#providers.delete(selector);
  }

  /** Lets time pass until the OCM object of a control plane is as wanted; `undefined` stands for none. */
  untilOcm(plane: OcmName, isMet: (ocm: ServiceObj | undefined) => boolean): Promise<void> {
    return this.until(ocmRef(plane), isMet);
  }

  /** Lets time pass until an object on the onboarding cluster is as wanted; `undefined` stands for none. */
  async until(object: ObjRef, isMet: (found: ServiceObj | undefined) => boolean): Promise<void> {
    const { client } = this.simulation.onboarding;
    const deadline = this.clock.now() + PATIENCE_MS;
    const find = (): Promise<ServiceObj | undefined> => client.find(object);
    for (let current = await find(); !isMet(current); current = await find()) {
      if (this.clock.now() > deadline) {
        throw new Error(
          `expected another state of ${object.kind} ${object.name}, found ${JSON.stringify(current?.status)}`,
        );
      }
      await this.clock.advance(STEP_MS);
    }
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    [...this.#providers.keys()].forEach((selector) => this.crash(selector));
    await this.clock.runUntil(this.simulation.stop());
  }

  async #take(request: Omit<RequestOnItsWay, "number">): ReturnType<SimTransport> {
    this.#requests += 1;
    return this.#intercept({ number: this.#requests, ...request }, this);
  }
}

/** Whether an OCM object is Ready with a version. */
export function isInstalled(version: string): (ocm: ServiceObj | undefined) => boolean {
  return (ocm) => ocm !== undefined && isReady(ocm) && ocm.status?.installedVersion === version;
}

/** What a dead process gets to know of the world. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
