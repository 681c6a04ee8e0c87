import type { Simulation } from "../../ground/embedded/simulation.ts";
import type { VirtualClock } from "../../sim/clock.ts";
import { lead, Readiness, serveTenants, type ServeDeps } from "../../src/openmcp/program/run.ts";
import type { Workplace } from "../../src/openmcp/command/workplace.ts";
import type { Program } from "../../src/openmcp/command/command.ts";
import { KubeClient, type KubeClientOptions } from "../../src/kube/client.ts";
import { parseUntrustedKubeconfig, type ClusterConfig } from "../../src/kube/kubeconfig.ts";
import { parseLabelSelector } from "../../src/kube/label-selector.ts";
import type { ClosableTransport, TransportRequest, TransportResponse } from "../../src/kube/transport.ts";
import { Health } from "../../src/runtime/health.ts";
import { createLogger } from "../../src/runtime/log.ts";
import type { Metrics } from "../../src/runtime/metrics.ts";
import { POD_NAMESPACE } from "../support/world.ts";
import { networkError } from "./components.ts";
import { never } from "./exchange.ts";
import { ProcessClock } from "./process-clock.ts";

/** Sends a request of a provider to the cluster at an address. */
export type Send = (from: string, server: string, request: TransportRequest) => Promise<TransportResponse>;

/** How a process of the provider does its work; the default is the shipped program's. */
export type Work = (deps: ServeDeps, signal: AbortSignal) => Promise<void>;

/** What a pod of the provider needs. */
export type ProviderOptions = {
  readonly podName: string;
  readonly program: Program;
  readonly simulation: Simulation;
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly send: Send;
  readonly metrics: Metrics;
  readonly leaderElect: boolean;
  /** Selects the tenants that it serves. Default: all of them. */
  readonly selector?: string | undefined;
  readonly work?: Work | undefined;
};

const LONGEST_BACKOFF_MS = 10_000;

// Each process registers these itself, and the metrics are those of all processes.
const unscraped: Pick<Metrics, "gauge" | "histogram" | "counter" | "onScrape"> = {
  gauge: () => () => undefined,
  histogram: () => () => undefined,
  counter: () => () => undefined,
  onScrape: () => () => undefined,
};

/** A pod of the provider: a process, what it has logged, and a kubelet that starts it again when it has ended. */
export class Provider {
  readonly clock: ProcessClock;
  /** Everything that was ever logged. */
  readonly log: string[] = [];
  readonly #options: ProviderOptions;
  #process: AbortController | undefined;
  #exits = 0;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.clock = new ProcessClock(options.clock);
  }

  get podName(): string {
    return this.#options.podName;
  }

  get selector(): string | undefined {
    return this.#options.selector;
  }

  /** Whether there is a process. */
  isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Starts a process. */
  start(): void {
    const life = new AbortController();
    this.#process = life;
    void this.#run(life.signal);
  }

  /** Ends the process as SIGKILL does: nothing of it is sent or answered any more. */
  kill(): void {
    this.#process?.abort();
    this.#process = undefined;
  }

  /** Kills the process and starts another one after a while. */
  async restart(downMs: number): Promise<void> {
    this.kill();
    await this.#options.clock.sleep(downMs);
    if (!this.isRunning()) {
      this.start();
    }
  }

  async #run(life: AbortSignal): Promise<void> {
    const { leaderElect, work = leaderElect ? leadTenants : serveTenants, clock } = this.#options;
    try {
      await work(this.#deps(life), life);
    } catch (error) {
      this.log.push(String(error instanceof Error ? error.stack : error));
    }
    this.#exits += 1;
    await clock.sleep(Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** this.#exits), life);
    // Who was killed is started by whoever did it.
    if (this.#process?.signal === life) {
      this.start();
    }
  }

  #deps(signal: AbortSignal): ServeDeps {
    const { metrics, podName, leaderElect, selector = "" } = this.#options;
    const options = {
      ...(selector !== "" && { watchSelector: parseLabelSelector(selector) }),
      providerName: "ocm",
      environment: "chaos",
      logging: { level: "debug" },
      leaderElect,
      // What users order by mistake shall reach the provider.
      versionAdmission: false,
      ignoredFlags: [],
    } as const;
    const health = new Health({ clock: this.clock });
    return {
      options,
      workplace: this.#workplace(signal),
      metrics: { ...metrics, ...unscraped },
      health,
      readiness: new Readiness(),
      podName,
    };
  }

  #workplace(signal: AbortSignal): Workplace {
    const { program, random, simulation, metrics } = this.#options;
    const { clock } = this;
    const log = createLogger({ level: "debug", pretty: false, stream: { write: (line) => void this.log.push(line) } });
    const clientOptions = (host: string): Omit<KubeClientOptions, "transport"> => ({
      clock,
      random,
      userAgent: "service-provider-ocm/chaos",
      host,
      onRequest: metrics.request,
    });
    const connect = (config: ClusterConfig): ClosableTransport => this.#connect(config, signal);
    const platformTransport = connect(parseUntrustedKubeconfig(simulation.platform.kubeconfig));
    return {
      program,
      clock,
      random,
      log,
      signal,
      namespace: POD_NAMESPACE,
      platform: new KubeClient({ ...clientOptions("platform"), transport: platformTransport }),
      clientOptions,
      connect,
      platformTransport,
      close: () => Promise.resolve(),
    };
  }

  #connect(config: ClusterConfig, life: AbortSignal): ClosableTransport {
    const { send, podName } = this.#options;
    const transport = async (request: TransportRequest): Promise<TransportResponse> => {
      if (life.aborted) {
        return never();
      }
      const { headers } = await config.credentials({ signal: request.signal });
      const authorization = String(headers["authorization"]);
      const sent = { ...request, headers: { ...request.headers, authorization } };
      try {
        return this.#heard(await this.#answered(send(podName, config.server, sent), request.signal, life), life);
      } catch (error) {
        await this.#awake(life);
        throw error;
      }
    };
    return Object.assign(transport, { close: () => Promise.resolve() });
  }

  // What happens on the network does not hold up a process that has lost its patience.
  async #answered(
    answer: Promise<TransportResponse>,
    patience: AbortSignal,
    life: AbortSignal,
  ): Promise<TransportResponse> {
    const response = await Promise.race([answer, impatience(patience)]);
    await this.#awake(life);
    return response;
  }

  #heard(response: TransportResponse, life: AbortSignal): TransportResponse {
    const heard = async function* (this: Provider): AsyncGenerator<Uint8Array> {
      for await (const chunk of response.body) {
        await this.#awake(life);
        yield chunk;
      }
      await this.#awake(life);
    };
    return { ...response, body: heard.call(this) };
  }

  async #awake(life: AbortSignal): Promise<void> {
    await this.clock.awake();
    if (life.aborted) {
      await never();
    }
  }
}

function leadTenants(deps: ServeDeps, signal: AbortSignal): Promise<void> {
  return lead(serveTenants, deps, signal);
}

function impatience(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = (): void => reject(networkError("ECONNRESET"));
    if (signal.aborted) {
      giveUp();
    }
    signal.addEventListener("abort", giveUp, { once: true });
  });
}
