import { Calm } from "./calm.ts";
import { Moves } from "./moves.ts";
import { normal } from "./normal.ts";
import type { PassTree } from "./pass-tree.ts";
import type { Rules } from "./rules.ts";
import type { Variant } from "./variants.ts";
import type { World } from "./world.ts";

/** How much may go wrong on the way to a state. */
export type Bounds = {
  /** Faults, and deeds of others that nobody has to expect, together. */
  readonly faults: number;
  /** Stops, and says so, when there are more states than this. */
  readonly states: number;
};

/** A rule that was broken, and the shortest way there. */
export type Finding = { readonly broken: string; readonly way: readonly string[] };

export type Result = {
  readonly states: number;
  readonly steps: number;
  readonly positions: number;
  readonly ends: ReadonlyMap<string, number>;
  readonly isComplete: boolean;
  readonly findings: readonly Finding[];
};

/** Visits every state within the bounds, those with the fewest faults first. */
export class Exploration {
  readonly #moves: Moves;
  readonly #tree: PassTree;
  readonly #rules: Rules;
  readonly #bounds: Bounds;
  readonly #index = new Map<string, number>();
  readonly #worlds: World[] = [];
  readonly #parents: number[] = [];
  readonly #words: string[] = [];
  readonly #costs: number[] = [];
  readonly #calm: Calm;
  #steps = 0;

  constructor(variant: Variant, tree: PassTree, { rules, bounds }: { readonly rules: Rules; readonly bounds: Bounds }) {
    this.#tree = tree;
    this.#rules = rules;
    this.#bounds = bounds;
    this.#moves = new Moves(variant, tree, rules);
    this.#calm = new Calm(this.#moves, rules);
  }

  /** The state to which a state comes when nothing goes wrong. */
  restAfter(start: World): Promise<World> {
    return this.#calm.restAfter(normal(start));
  }

  /** Explores until everything is seen, or until so many findings. */
  async run(start: World, { most = 1 }: { readonly most?: number } = {}): Promise<Result> {
    const buckets: number[][] = Array.from({ length: this.#bounds.faults + 1 }, () => []);
    this.#add(normal(start), { parent: -1, what: "", cost: 0 }, buckets);
    const findings: Finding[] = [];
    let isComplete = true;
    for (let cost = 0; cost < buckets.length; cost += 1) {
      const bucket = buckets[cost] ?? [];
      for (let at = 0; at < bucket.length && findings.length < most; at += 1) {
        const number = bucket[at] ?? 0;
        if (this.#costs[number] !== cost) {
          continue;
        }
        if (this.#worlds.length > this.#bounds.states) {
          isComplete = false;
          break;
        }
        findings.push(...(await this.#visit(number, buckets)));
      }
    }
    return {
      states: this.#worlds.length,
      steps: this.#steps + this.#moves.within,
      positions: this.#tree.size,
      ends: this.#calm.ends(),
      isComplete,
      findings,
    };
  }

  async #visit(number: number, buckets: number[][]): Promise<readonly Finding[]> {
    const world = this.#worlds[number] ?? [];
    const cost = this.#costs[number] ?? 0;
    const findings: Finding[] = [];
    const broken = this.#rules.check(world);
    if (broken !== undefined) {
      findings.push({ broken, way: this.#way(number) });
      return findings;
    }
    const end = await this.#calm.settle(world);
    if (end.broken !== undefined) {
      findings.push({
        broken: end.broken,
        way: [...this.#way(number), "from here on nothing goes wrong any more:", ...end.way],
      });
      return findings;
    }
    for (const step of await this.#moves.from(world, this.#bounds.faults - cost)) {
      this.#steps += 1;
      if (step.broken !== undefined) {
        findings.push({ broken: step.broken, way: [...this.#way(number), step.what] });
        continue;
      }
      this.#add(step.world, { parent: number, what: step.what, cost: cost + step.cost }, buckets);
    }
    return findings;
  }

  #add(
    world: World,
    { parent, what, cost }: { readonly parent: number; readonly what: string; readonly cost: number },
    buckets: number[][],
  ): void {
    const bucket = buckets[cost];
    if (bucket === undefined) {
      return;
    }
    const key = world.join();
    const known = this.#index.get(key);
    if (known === undefined) {
      const number = this.#worlds.length;
      this.#index.set(key, number);
      this.#worlds.push(world);
      this.#parents.push(parent);
      this.#words.push(what);
      this.#costs.push(cost);
      bucket.push(number);
    } else if ((this.#costs[known] ?? 0) > cost) {
      this.#costs[known] = cost;
      this.#parents[known] = parent;
      this.#words[known] = what;
      bucket.push(known);
    }
  }

  #way(number: number): readonly string[] {
    const way: string[] = [];
    for (let at = number; at > 0; at = this.#parents[at] ?? -1) {
      way.unshift(this.#words[at] ?? "");
    }
    return way;
  }
}
