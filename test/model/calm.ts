import type { Moves, Step } from "./moves.ts";
import { normal } from "./normal.ts";
import { isStale, told } from "./requests.ts";
import type { Rules } from "./rules.ts";
import { CACHED, idAt, kindOf, type World } from "./world.ts";

/** How the calm after a state ends: well, or with a rule that is broken. */
export type Settled = { readonly broken?: string; readonly way: readonly string[] };

/**
 * What becomes of a state when nothing goes wrong any more, and nobody does what they are free to leave.
 *
 * Everybody acts in turns, so that nobody is left out for ever, until nobody does anything. A state on a way that is
 * known to end well ends well.
 */
export class Calm {
  readonly #moves: Moves;
  readonly #rules: Rules;
  readonly #ends = new Map<string, string>();

  constructor(moves: Moves, rules: Rules) {
    this.#moves = moves;
    this.#rules = rules;
  }

  /** How many states lead to each end. */
  ends(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    this.#ends.values().forEach((end) => counts.set(end, (counts.get(end) ?? 0) + 1));
    return counts;
  }

  /** The state in which nobody does anything any more. */
  async restAfter(start: World): Promise<World> {
    const walk = new Walk(start, this.#rules);
    for (let before = ""; walk.key !== before && walk.isGood;) {
      before = walk.key;
      await this.#turn(walk);
    }
    return walk.world;
  }

  /** Goes on from a state until nobody does anything any more. */
  async settle(start: World): Promise<Settled> {
    const walk = new Walk(start, this.#rules);
    const turns = new Set<string>();
    for (;;) {
      const before = walk.key;
      if (turns.has(before)) {
        return { broken: "nobody comes to an end: the world goes in a circle", way: walk.way };
      }
      turns.add(before);
      const known = this.#ends.get(before) ?? (await this.#turn(walk));
      if (walk.broken !== undefined) {
        return { broken: walk.broken, way: walk.way };
      }
      if (known !== undefined) {
        return this.#endedAs(known, walk);
      }
      if (walk.key === before) {
        const end = this.#rules.end(walk.world);
        return "broken" in end ? { broken: end.broken, way: walk.way } : this.#endedAs(end.name, walk);
      }
    }
  }

  #endedAs(end: string, { passed, way }: Walk): Settled {
    passed.forEach((key) => this.#ends.set(key, end));
    return { way };
  }

  /** Everybody's turn, the provider's first; returns the end if it is known on the way. */
  async #turn(walk: Walk): Promise<string | undefined> {
    if (idAt(walk.world, "pass") === 0) {
      tellAll(walk);
      walk.take(await this.#moves.begin(walk.world));
    }
    for (let pass = walk.pass; pass !== 0 && walk.isGood; pass = walk.pass) {
      walk.take(await this.#moves.goOn(walk.world, pass));
    }
    // One after the other, and each once: what one does can be what another one waits for.
    const acted = new Set<string>();
    while (walk.isGood) {
      const end = this.#ends.get(walk.key);
      const step = this.#moves.calm(walk.world, (what) => isExpected(what) && !acted.has(what));
      if (step === undefined || end !== undefined) {
        return end;
      }
      acted.add(step.what);
      walk.take(step);
    }
    return undefined;
  }
}

/** A way through states in which nothing goes wrong. */
class Walk {
  readonly way: string[] = [];
  readonly passed = new Set<string>();
  readonly #rules: Rules;
  world: World;
  key: string;
  broken: string | undefined;

  constructor(start: World, rules: Rules) {
    this.#rules = rules;
    this.world = start;
    this.key = start.join();
    this.passed.add(this.key);
  }

  get isGood(): boolean {
    return this.broken === undefined;
  }

  get pass(): number {
    return idAt(this.world, "pass");
  }

  take(step: Step | undefined): void {
    if (step === undefined) {
      return;
    }
    this.world = step.world;
    this.key = step.world.join();
    if (!this.passed.has(this.key)) {
      this.way.push(step.what);
      this.passed.add(this.key);
    }
    this.broken ??= step.broken ?? this.#rules.check(step.world);
  }
}

function tellAll(walk: Walk): void {
  for (const name of CACHED.filter((one) => isStale(walk.world, one))) {
    const what = `the watch tells of the ${kindOf(name).title}`;
    walk.take({ what, cost: 0, world: normal(told(walk.world, name)) });
  }
}

// Users are free to do nothing more.
function isExpected(what: string): boolean {
  return !/^(?:user|users|the control plane is ordered)/u.test(what);
}
