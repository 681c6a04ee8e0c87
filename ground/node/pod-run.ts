import { join } from "node:path";
import type { SimClient } from "../../sim/client.ts";
import { systemSimClock } from "../../sim/clock.ts";
import { kubeTime } from "../../sim/stand-in/kube-time.ts";
import type { Address } from "../ground.ts";
import type { Image, RunningContainer } from "./container.ts";
import { exitCodeOf, neverStarted, type Terminated, terminated } from "./container-state.ts";
import type { Pod, PodContainer } from "./pod.ts";
import { bindToPod, randomPodIP } from "./pod-address.ts";
import { makePodCredentials } from "./pod-credentials.ts";
import { podEnvironment } from "./pod-environment.ts";
import { type ContainerRecord, type PodRecord, podStatus } from "./pod-status.ts";
import { PodStatusWriter } from "./pod-status-writer.ts";

/** What the node has for its pods. */
export type NodeSurroundings = {
  readonly client: SimClient;
  readonly address: Address;
  /** For credentials and, in `logs/`, what containers say. */
  readonly folder: string;
  readonly hostIP: string;
  /** Finds an image by its reference. */
  readonly imageOf: (reference: string) => Image | undefined;
  readonly restartDelayMs: (restarts: number) => number;
  /** Aborted when the node goes away: nothing is written or started any more. */
  readonly signal: AbortSignal;
};

const GRACE_SECONDS = 30;
const SECOND_MS = 1000;

/** Runs the containers of one pod, restarts them as its policy says, and reports what it sees. */
export class PodRun {
  readonly pod: Pod;
  readonly podIP: string = randomPodIP();
  readonly #node: NodeSurroundings;
  readonly #status: PodStatusWriter;
  readonly #terminating = new AbortController();
  readonly #containers = new Map<string, ContainerRecord>();
  readonly #running = new Map<string, RunningContainer>();
  readonly #ended: Promise<void>;
  #record: Omit<PodRecord, "containers">;

  constructor(pod: Pod, node: NodeSurroundings) {
    this.pod = pod;
    this.#node = node;
    this.#status = new PodStatusWriter(node.client, pod, node.signal);
    this.#record = { podIP: this.podIP, hostIP: node.hostIP, startedAtMs: Date.now(), initialized: false };
    this.#ended = this.#run();
  }

  /** Containers that run now, by name. */
  get running(): ReadonlyMap<string, RunningContainer> {
    return this.#running;
  }

  /** Where its containers' output goes. */
  get logPath(): string {
    return join(this.#node.folder, "logs", `${this.pod.metadata.name}.log`);
  }

  /** Ends the containers, with their time of grace or without it, and waits until they have ended. */
  async terminate(how: "stop" | "kill"): Promise<void> {
    this.#terminating.abort();
    await Promise.all([...this.#running.values()].map((container) => container[how]()));
    await this.#ended;
    await this.#status.written();
  }

  async #run(): Promise<void> {
    const { initContainers = [], containers } = this.pod.spec;
    const isDone = await this.#initialize(initContainers);
    if (isDone) {
      this.#report({ initialized: true });
    }
    const codes = isDone ? await Promise.all(containers.map((container) => this.#keep(container))) : [1];
    this.#report({ result: codes.every((code) => code === 0) ? "Succeeded" : "Failed" });
    this.#terminating.abort();
  }

  async #initialize(containers: readonly PodContainer[]): Promise<boolean> {
    const { restartPolicy } = this.pod.spec;
    for (const container of containers) {
      // An init container that has succeeded is not started again, whatever the policy.
      const code = await this.#keep(container, restartPolicy === "Never" ? "Never" : "OnFailure");
      if (code !== 0) {
        return false;
      }
    }
    return true;
  }

  async #keep(container: PodContainer, policy = this.pod.spec.restartPolicy ?? "Always"): Promise<number> {
    for (let restarts = 0; ; restarts += 1) {
      const code = await this.#runOnce(container, restarts);
      const isOver = policy === "Never" || (policy === "OnFailure" && code === 0);
      if (isOver || this.#isTerminating()) {
        return code;
      }
      this.#note(container, { restartCount: restarts, state: { waiting: { reason: "CrashLoopBackOff" } } });
      await systemSimClock.sleep(this.#node.restartDelayMs(restarts), this.#terminating.signal);
    }
  }

  async #runOnce(container: PodContainer, restartCount: number): Promise<number> {
    if (this.#isTerminating()) {
      return exitCodeOf("SIGTERM");
    }
    let state: Terminated;
    try {
      const running = await this.#start(container);
      const startedAtMs = Date.now();
      this.#running.set(container.name, running);
      this.#note(container, { restartCount, state: { running: { startedAt: kubeTime(startedAtMs) } } });
      // It may have been asked to end while it was being started.
      if (this.#isTerminating()) {
        await running.stop();
      }
      state = terminated(exitCodeOf(await running.exited), startedAtMs, Date.now());
    } catch (error) {
      // No token, no such image.
      state = neverStarted(error instanceof Error ? error.message : String(error), Date.now());
    }
    this.#running.delete(container.name);
    this.#note(container, { restartCount, state });
    return state.terminated.exitCode;
  }

  #isTerminating(): boolean {
    return this.#terminating.signal.aborted;
  }

  async #start(container: PodContainer): Promise<RunningContainer> {
    const { pod, podIP } = this;
    const { folder, address, imageOf } = this.#node;
    const image = imageOf(container.image);
    if (image === undefined) {
      throw new Error(`expected an image that this node has, found ${container.image}`);
    }
    const { name } = pod.metadata;
    const signal = AbortSignal.any([this.#node.signal, this.#terminating.signal]);
    const options = { ...this.#node, folder: join(folder, "pods", name), signal };
    const { kubeconfigPath, serviceAccountFolder } = await makePodCredentials(pod, options);
    return image({
      name: `${name}/${container.name}`,
      args: bindToPod(container.args ?? [], podIP),
      env: podEnvironment(pod, container, podIP),
      kubeconfigPath,
      serviceAccount: { folder: serviceAccountFolder, server: address.server },
      podIP,
      logPath: this.logPath,
      graceMs: (pod.spec.terminationGracePeriodSeconds ?? GRACE_SECONDS) * SECOND_MS,
    });
  }

  #note({ name }: PodContainer, record: ContainerRecord): void {
    const before = this.#containers.get(name);
    const last = before !== undefined && "terminated" in before.state ? before.state : before?.lastState;
    this.#containers.set(name, { ...record, ...(last !== undefined && { lastState: last }) });
    this.#report({});
  }

  #report(news: Partial<PodRecord>): void {
    this.#record = { ...this.#record, ...news };
    this.#status.write(podStatus(this.pod, { ...this.#record, containers: this.#containers }));
  }
}
