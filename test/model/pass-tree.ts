import type { Obj } from "../../sim/object.ts";
import { type Mistake, runPass, type Settings } from "./provider.ts";
import type { Request } from "./requests.ts";
import { type Memory, type Moment, recall, remember } from "./memory.ts";
import { NOW_MS, type Runtime } from "./runtime.ts";
import { type Answer, ownId } from "./server.ts";
import { things } from "./things.ts";
import { indexOf, type KindName, type OcmName, type Remembered, type World } from "./world.ts";

const MEMORY = indexOf("memory");

type Ids = readonly (readonly [number, number])[];

/** A position in a pass: what has been answered so far, and the request that is sent next. */
export type Position = {
  readonly number: number;
  /** Absent when the pass has ended. */
  readonly request: Request | undefined;
  readonly requestId: number;
  /** What the code has looked up in its caches since the position before. */
  readonly reads: Ids;
  /** What the code has left in its caches since the position before. */
  readonly wrote: Ids;
  /** Identities of objects that the code knows of. */
  readonly uids: ReadonlySet<string>;
};

type Node = Position & {
  readonly parent: Node | undefined;
  readonly answerId: number;
  readonly children: Map<number, Branches>;
  live: Run | undefined;
};

/** Runs that are kept where they are, for the first that goes on from there; all others are run again from the start. */
const MOST_LIVE = 20_000;

/**
 * Every pass that the code can make, as far as it was asked for.
 *
 * The code is deterministic: what it does next depends on the answers so far and on what it has looked up in the caches.
 * Both are noted at each step, so that the same local situation, which comes up in very many states of the world, is
 * computed once. To go on from a position, the code is run again with the same answers.
 */
export class PassTree {
  readonly #settings: Settings;
  readonly #mistake: Mistake;
  readonly #nodes: (Node | undefined)[] = [undefined];
  readonly #roots = new Branches();
  #live = 0;
  /** How often the code was run. */
  runs = 0;

  constructor(settings: Settings, mistake: Mistake = {}) {
    this.#settings = settings;
    this.#mistake = mistake;
  }

  at(number: number): Position {
    return this.#node(number);
  }

  /** How many positions are known. */
  get size(): number {
    return this.#nodes.length - 1;
  }

  /** Begins a pass. */
  async begin(world: World): Promise<Position> {
    const known = this.#roots.find(world);
    if (known !== undefined) {
      return known;
    }
    const run = this.#start();
    const node = await this.#follow(run, world, { parent: undefined, answerId: 0 });
    this.#roots.add(node);
    return node;
  }

  /** Answers the request of a position; the answer is given by its number. */
  async answer(number: number, answerId: number, world: World): Promise<Position> {
    const node = this.#node(number);
    const branches = node.children.get(answerId) ?? new Branches();
    const same = branches.find(world);
    if (same !== undefined) {
      return same;
    }
    const run = this.#takeLive(node) ?? (await this.#replay(node));
    run.resolve(answerId);
    const child = await this.#follow(run, world, { parent: node, answerId });
    branches.add(child);
    node.children.set(answerId, branches);
    return child;
  }

  #node(number: number): Node {
    const node = this.#nodes[number];
    if (node === undefined) {
      throw new Error(`expected a position, found number ${number}`);
    }
    return node;
  }

  #takeLive(node: Node): Run | undefined {
    const { live } = node;
    node.live = undefined;
    this.#live -= live === undefined ? 0 : 1;
    return live;
  }

  #start(): Run {
    this.runs += 1;
    return new Run((runtime) => runPass(runtime, this.#settings, this.#mistake));
  }

  async #replay(node: Node): Promise<Run> {
    const way: Node[] = [];
    for (let at: Node | undefined = node; at !== undefined; at = at.parent) {
      way.unshift(at);
    }
    const run = this.#start();
    for (const { parent, answerId, reads } of way) {
      if (parent !== undefined) {
        run.resolve(answerId);
      }
      await run.segment(new Map(reads));
    }
    return run;
  }

  async #follow(
    run: Run,
    world: World,
    { parent, answerId }: { readonly parent: Node | undefined; readonly answerId: number },
  ): Promise<Node> {
    const { reads, wrote } = await run.segment(world);
    const { request } = run;
    const uids = new Set(parent?.uids);
    collectUids(things.at(answerId), uids);
    [...reads, ...wrote].forEach(([, id]) => collectUids(things.at(id), uids));
    const isKept = request !== undefined && this.#live < MOST_LIVE;
    this.#live += isKept ? 1 : 0;
    const node: Node = {
      number: this.#nodes.length,
      request,
      requestId: things.idOf(request),
      wrote,
      uids,
      parent,
      answerId,
      reads,
      children: new Map(),
      live: isKept ? run : undefined,
    };
    this.#nodes.push(node);
    return node;
  }
}

/** Where a pass can go on after an answer, by what the code has looked up in its caches since. */
class Branches {
  /** One group for each set of places that were looked up, of which there are few. */
  readonly #groups = new Map<string, { readonly indices: readonly number[]; readonly nodes: Map<string, Node> }>();

  find(world: World): Node | undefined {
    for (const { indices, nodes } of this.#groups.values()) {
      const node = nodes.get(indices.map((index) => world[index]).join());
      if (node !== undefined) {
        return node;
      }
    }
    return undefined;
  }

  add(node: Node): void {
    const reads = node.reads.toSorted(([left], [right]) => left - right);
    const indices = reads.map(([index]) => index);
    const group = this.#groups.get(indices.join()) ?? { indices, nodes: new Map<string, Node>() };
    group.nodes.set(reads.map(([, id]) => id).join(), node);
    this.#groups.set(indices.join(), group);
  }
}

function collectUids(value: unknown, into: Set<string>): void {
  const objects = Array.isArray(value) ? value : [value, (value as { object?: unknown } | undefined)?.object].flat();
  for (const object of objects as ({ metadata?: { uid?: string } } | undefined)[]) {
    const uid = object?.metadata?.uid;
    if (uid !== undefined) {
      into.add(uid);
    }
  }
}

type View = World | ReadonlyMap<number, number>;

/** The code at work on one pass. */
class Run implements Runtime {
  readonly #pending: { readonly request: Request; readonly resolve: (answer: Answer) => void }[] = [];
  readonly #begin: () => void;
  #isBegun = false;
  #view: View = [];
  #reads = new Map<number, number>();
  #wrote = new Map<number, number>();
  #memory: Memory | undefined;
  #moment: Moment = { leader: undefined, nowMs: NOW_MS };
  #remembered = 0;
  #failure: unknown;

  constructor(code: (runtime: Runtime) => Promise<void>) {
    this.#begin = () => {
      code(this).catch((error: unknown) => {
        this.#failure = error;
      });
    };
  }

  /** What is asked first; several requests at the same time are answered in their order. */
  get request(): Request | undefined {
    return this.#pending[0]?.request;
  }

  resolve(answerId: number): void {
    this.#pending.shift()?.resolve(things.at(answerId) as Answer);
  }

  /** Lets the code run until it asks for something, or has ended. */
  async segment(view: View): Promise<{ readonly reads: Ids; readonly wrote: Ids }> {
    this.#view = view;
    this.#reads = new Map();
    this.#wrote = new Map();
    if (!this.#isBegun) {
      this.#isBegun = true;
      this.#begin();
    }
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    if (this.#failure !== undefined) {
      throw new Error("the code of a pass has failed in the model", { cause: this.#failure });
    }
    this.#takeDownMemory();
    return { reads: [...this.#reads], wrote: [...this.#wrote] };
  }

  recall(leader: OcmName | undefined): Memory {
    this.#moment = { leader, nowMs: NOW_MS };
    this.#remembered = this.#look(MEMORY);
    this.#memory = recall(things.at(this.#remembered) as Remembered | undefined, this.#moment);
    return this.#memory;
  }

  #takeDownMemory(): void {
    const now = this.#memory === undefined ? this.#remembered : things.idOf(remember(this.#memory, this.#moment));
    if (now !== this.#remembered) {
      this.#remembered = now;
      this.#wrote.set(MEMORY, now);
    }
  }

  ask(request: Request): Promise<Answer> {
    return new Promise((resolve) => {
      this.#pending.push({ request, resolve });
    });
  }

  seen(name: KindName): Obj | undefined {
    const index = indexOf(`seen ${name}`);
    const own = this.#wrote.get(index);
    if (own !== undefined) {
      return things.at(own) as Obj | undefined;
    }
    return things.at(this.#look(index)) as Obj | undefined;
  }

  #look(index: number): number {
    const view = this.#view;
    const id = (Array.isArray(view) ? (view as World)[index] : (view as ReadonlyMap<number, number>).get(index)) ?? 0;
    this.#reads.set(index, id);
    return id;
  }

  wrote(name: KindName, object: Obj | undefined): void {
    this.#wrote.set(indexOf(`seen ${name}`), object === undefined ? 0 : ownId(object));
  }
}
