import { type SimClient, refOf } from "../../sim/client.ts";
import { isNotFound } from "../../sim/client-error.ts";
import { systemSimClock } from "../../sim/clock.ts";
import type { Pod } from "./pod.ts";

const RETRY_AFTER_MS = 500;

/** Writes the status of one pod: always the latest, again and again until the API server has taken it. */
export class PodStatusWriter {
  readonly #client: SimClient;
  readonly #pod: Pod;
  readonly #signal: AbortSignal;
  #wanted: object | undefined;
  #writing: Promise<void> | undefined;

  constructor(client: SimClient, pod: Pod, signal: AbortSignal) {
    this.#client = client;
    this.#pod = pod;
    this.#signal = signal;
  }

  /** Has a status written soon. */
  write(status: object): void {
    this.#wanted = status;
    this.#writing ??= this.#writeAll();
  }

  /** Waits until everything is written, or the pod is gone. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#wanted !== undefined && !this.#signal.aborted) {
      const status = this.#wanted;
      this.#wanted = undefined;
      try {
        await this.#client.status(refOf(this.#pod), status);
      } catch (error) {
        if (isNotFound(error)) {
          break;
        }
        this.#wanted ??= status;
        await systemSimClock.sleep(RETRY_AFTER_MS, this.#signal);
      }
    }
    this.#writing = undefined;
  }
}
