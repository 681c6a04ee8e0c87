import { runSchedule, type RunOptions } from "./run-schedule.ts";
import type { Dump } from "./dump.ts";
import type { LifeName } from "./lives.ts";
import { type LifeLength, undisturbed } from "./schedule.ts";

/** How a life ends when nothing goes wrong, and how long it is. */
export type Reference = { readonly end: Dump; readonly length: LifeLength };

/** The ends of undisturbed lives, each played once. */
export class References {
  readonly #options: RunOptions;
  readonly #ends = new Map<LifeName, Promise<Reference>>();

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** How a life goes. */
  of(life: LifeName): Promise<Reference> {
    const known = this.#ends.get(life) ?? this.#play(life);
    this.#ends.set(life, known);
    return known;
  }

  async #play(life: LifeName): Promise<Reference> {
    const { violations, end, length } = await runSchedule(undisturbed(life, 1), this.#options);
    if (violations.length > 0) {
      throw new Error(`the undisturbed life "${life}" breaks rules:\n${violations.join("\n")}`);
    }
    return { end, length };
  }
}
