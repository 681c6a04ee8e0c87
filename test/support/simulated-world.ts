import { startInProcessGround } from "../../ground/embedded/in-process-ground.ts";
import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import type { ControlPlaneRef } from "../../ground/ground.ts";
import type { Simulation, SimulationOptions } from "../../ground/embedded/simulation.ts";
import { VirtualClock } from "../../sim/clock.ts";
import type { SimTransport } from "../../sim/transport.ts";
import { provider } from "../../src/ocm/provider.ts";
import { ref } from "./kinds.ts";
import { isReady, type ServiceObj } from "./ocm-status.ts";
import { installCrds, runSimulatedProvider } from "./simulated-provider.ts";
import { providerConfig, PULL_SECRET, pullSecret } from "./world.ts";

/** One request of the provider on its way to a simulated cluster. */
export type RequestOnItsWay = {
  /** 1 for the first request of the first provider. */
  readonly number: number;
  /** `<cluster> <method> <path>`. */
  readonly text: string;
  readonly send: () => ReturnType<SimTransport>;
};

/** Decides what becomes of a request; the default sends it. */
export type Intercept = (request: RequestOnItsWay, world: SimulatedWorld) => ReturnType<SimTransport>;

/** Longest virtual time in which something that is expected has to happen. */
const PATIENCE_MS = 10 * 60_000;
const STEP_MS = 50;

/** Clusters, platform, Flux and a provider in this process, on a virtual clock: the same seed, the same history. */
export class SimulatedWorld {
  readonly clock: VirtualClock;
  readonly simulation: Simulation;
  readonly #seed: number;
  readonly #intercept: Intercept;
  #provider: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #requests = 0;

  private constructor(start: { clock: VirtualClock; simulation: Simulation; seed: number; intercept: Intercept }) {
    this.clock = start.clock;
    this.simulation = start.simulation;
    this.#seed = start.seed;
    this.#intercept = start.intercept;
  }

  /** Starts everything but the provider, with the objects of the operator in place. */
  static async start(
    seed: number,
    intercept: Intercept = ({ send }) => send(),
    ground: Pick<SimulationOptions, "fluxTimings" | "watchDelayMs"> = {},
  ): Promise<SimulatedWorld> {
    const clock = new VirtualClock();
    const simulation = await clock.runUntil(startInProcessGround({ ...ground, clock, seed }));
    if (simulation === undefined) {
      throw new Error("expected a simulation");
    }
    const { platform, charts } = simulation;
    await installCrds(provider, simulation, clock);
    await platform.client.create(pullSecret(charts.dockerConfigJson));
    await platform.client.create(providerConfig({ chartURL: charts.chartURL, imagePullSecret: { name: PULL_SECRET } }));
    return new SimulatedWorld({ clock, simulation, seed, intercept });
  }

  /** Starts a provider process. */
  startProvider(): void {
    const stop = new AbortController();
    const ended = runSimulatedProvider({
      program: provider,
      providerName: "ocm",
      simulation: this.simulation,
      clock: this.clock,
      random: seededRandom(this.#seed),
      signal: stop.signal,
      intercept: (text, send) => (stop.signal.aborted ? never() : this.#take(text, send)),
    });
    this.#provider = { stop, ended };
  }

  /** Ends the provider as a SIGKILL does: no request of it is sent or answered any more. */
  crash(): void {
    this.#provider?.stop.abort();
    this.#provider?.ended.catch(() => undefined);
    this.#provider = undefined;
  }

  /** Lets time pass until the OCM object of a control plane is as wanted; `undefined` stands for none. */
  async untilOcm(plane: ControlPlaneRef, isMet: (ocm: ServiceObj | undefined) => boolean): Promise<void> {
    const { client } = this.simulation.onboarding;
    const deadline = this.clock.now() + PATIENCE_MS;
    const find = (): Promise<ServiceObj | undefined> => client.find(ref("ocm", plane.name, plane.namespace));
    for (let current = await find(); !isMet(current); current = await find()) {
      if (this.clock.now() > deadline) {
        throw new Error(`expected another state of OCM ${plane.name}, found ${JSON.stringify(current?.status)}`);
      }
      await this.clock.advance(STEP_MS);
    }
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    this.crash();
    await this.clock.runUntil(this.simulation.stop());
  }

  async #take(text: string, send: () => ReturnType<SimTransport>): ReturnType<SimTransport> {
    this.#requests += 1;
    return this.#intercept({ number: this.#requests, text, send }, this);
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
