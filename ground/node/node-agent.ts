import { refOf, type SimClient } from "../../sim/client.ts";
import { isNotFound } from "../../sim/client-error.ts";
import { systemSimClock } from "../../sim/clock.ts";
import type { Address } from "../ground.ts";
import { nodeObject } from "./node-object.ts";
import type { Image, RunningContainer } from "./container.ts";
import { type Pod, podType } from "./pod.ts";
import { PodRun } from "./pod-run.ts";
import { restartDelayMs } from "./restart-delay.ts";

/** The node's cluster and what it can run. */
export type NodeAgentOptions = {
  /** An administrator of the cluster. */
  readonly client: SimClient;
  /** Where pods find their cluster. */
  readonly address: Address;
  readonly folder: string;
  /** Images by name, without tag: every tag of an image is the same program. */
  readonly images: Readonly<Record<string, Image>>;
  /** How long it takes until a container is started for the n-th time again. Default: as long as with a kubelet. */
  readonly restartDelayMs?: ((restarts: number) => number) | undefined;
};

/** A container of the node that runs now. */
export type NodeContainer = RunningContainer & {
  readonly pod: string;
  readonly image: string;
  readonly podIP: string;
  readonly logPath: string;
};

const NODE_NAME = "local";
const HOST_IP = "127.0.0.1";
const RETRY_AFTER_MS = 500;

/**
 * Plays the kubelet of one node: runs the containers of the pods that are bound to it as processes of this machine,
 * restarts them, reports how they are, and ends them when their pod is deleted.
 */
export class NodeAgent {
  readonly #options: NodeAgentOptions;
  readonly #runs = new Map<string, PodRun>();
  readonly #stopped = new AbortController();
  #following: Promise<void> = Promise.resolve();

  constructor(options: NodeAgentOptions) {
    this.#options = options;
  }

  /** Announces the node and begins to take pods. */
  async start(): Promise<void> {
    await this.#options.client.create(nodeObject({ name: NODE_NAME, address: HOST_IP, runBy: "the node agent" }));
    this.#following = this.#follow();
  }

  /** Containers that run now and are of an image, given without its tag. */
  containersOf(image: string): readonly NodeContainer[] {
    return [...this.#runs.values()].flatMap((run) =>
      run.pod.spec.containers.flatMap((container) => {
        const running = run.running.get(container.name);
        const isWanted = running !== undefined && nameOf(container.image) === image;
        const { podIP, logPath } = run;
        return isWanted ? [{ ...running, pod: run.pod.metadata.name, image: container.image, podIP, logPath }] : [];
      }),
    );
  }

  /** Ends everything that runs on the node; the pods' objects stay as they are. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([...this.#runs.values()].map((run) => run.terminate("stop")));
    await this.#following;
  }

  async #follow(): Promise<void> {
    const selector = { fieldSelector: `spec.nodeName=${NODE_NAME}` };
    for await (const event of this.#options.client.follow<Pod>(podType, this.#stopped.signal, selector)) {
      if (event.type === "restarted") {
        event.objects.forEach((pod) => this.#see(pod));
        const left = new Set(event.objects.map(({ metadata }) => metadata.uid));
        [...this.#runs.values()].filter(({ pod }) => !left.has(pod.metadata.uid)).forEach((run) => this.#drop(run.pod));
      } else if (event.type === "applied") {
        this.#see(event.object);
      } else {
        this.#drop(event.object);
      }
    }
  }

  #see(pod: Pod): void {
    const { uid = "", deletionTimestamp } = pod.metadata;
    const run = this.#runs.get(uid);
    if (deletionTimestamp !== undefined) {
      void this.#end(pod, run);
    } else if (run === undefined && pod.status?.phase === "Pending") {
      this.#runs.set(uid, new PodRun(pod, this.#surroundings()));
    }
  }

  async #end(pod: Pod, run: PodRun | undefined): Promise<void> {
    await run?.terminate("stop");
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#options.client.delete(refOf(pod), { uid: pod.metadata.uid, gracePeriodSeconds: 0 });
        return;
      } catch (error) {
        if (isNotFound(error)) {
          return;
        }
        await systemSimClock.sleep(RETRY_AFTER_MS, this.#stopped.signal);
      }
    }
  }

  // Its object is gone, by force or after `#end`: nothing of it may go on.
  #drop({ metadata: { uid = "" } }: Pod): void {
    void this.#runs.get(uid)?.terminate("kill");
    this.#runs.delete(uid);
  }

  #surroundings(): ConstructorParameters<typeof PodRun>[1] {
    const imageOf = (reference: string): Image | undefined => this.#options.images[nameOf(reference)];
    const delay = this.#options.restartDelayMs ?? restartDelayMs;
    return { ...this.#options, restartDelayMs: delay, hostIP: HOST_IP, imageOf, signal: this.#stopped.signal };
  }
}

// The tag comes after the last colon, unless that belongs to the registry's port.
function nameOf(reference: string): string {
  return reference.replace(/:[^/:]*$/u, "");
}
