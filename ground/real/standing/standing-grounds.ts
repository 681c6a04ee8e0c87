import { join } from "node:path";
import { stopTogether } from "../start-together.ts";
import { StandingGround } from "./standing-ground.ts";

/** How many grounds stand, and where. */
export type StandingGroundsOptions = {
  readonly count: number;
  readonly folder: string;
  /** Ends starts that are under way. */
  readonly signal: AbortSignal;
  /** Receives one line when a ground has to be replaced. */
  readonly onProgress: (line: string) => void;
};

type Waiting = PromiseWithResolvers<StandingGround>;

/** Grounds that are lent and given back. */
export class StandingGrounds {
  readonly #options: StandingGroundsOptions;
  readonly #all = new Set<StandingGround>();
  readonly #free: StandingGround[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #working = new Set<Promise<void>>();
  #failure: Error | undefined;
  #started = 0;

  /** Begins to start the grounds, one after the other, so that the first can soon be lent. */
  constructor(options: StandingGroundsOptions) {
    this.#options = options;
    this.#inBackground(async () => {
      for (let number = 0; number < options.count; number++) {
        await this.#add();
      }
    });
  }

  /** Lends a ground as soon as one is free, in the order of asking. */
  async lease(): Promise<StandingGround> {
    const free = this.#free.shift();
    if (free !== undefined) {
      return free;
    }
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    const waiting = Promise.withResolvers<StandingGround>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Takes a ground back; it is lent again once it is as it was at first, or another one in its place. */
  giveBack(ground: StandingGround): void {
    this.#inBackground(async () => {
      try {
        await ground.reset();
      } catch (error) {
        this.#options.onProgress(`replacing a ground: ${error instanceof Error ? error.message : String(error)}`);
        this.#all.delete(ground);
        await ground.stop();
        await this.#add();
        return;
      }
      this.#offer(ground);
    });
  }

  /** Stops all grounds, once nothing is starting any more. */
  async stop(): Promise<void> {
    await Promise.all(this.#working);
    await stopTogether(this.#all);
    this.#all.clear();
  }

  #inBackground(work: () => Promise<void>): void {
    const working = work().catch((error: unknown) => {
      this.#failure = new Error("cannot start a ground", { cause: error });
      for (const waiting of this.#waiting.splice(0)) {
        waiting.reject(this.#failure);
      }
    });
    this.#working.add(working);
    void working.then(() => this.#working.delete(working));
  }

  async #add(): Promise<void> {
    const { folder, signal } = this.#options;
    this.#started += 1;
    const ground = await StandingGround.start(join(folder, `ground-${this.#started}`), signal);
    this.#all.add(ground);
    this.#offer(ground);
  }

  #offer(ground: StandingGround): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#free.push(ground);
    } else {
      waiting.resolve(ground);
    }
  }
}
