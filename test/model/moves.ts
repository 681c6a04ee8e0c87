import { done, type KnownDeed, remembered } from "./rule.ts";
import { normal } from "./normal.ts";
import { type PassTree } from "./pass-tree.ts";
import { accessAt, isStale, isWrite, type Request, serveRequest, told } from "./requests.ts";
import { runningIn } from "./readings.ts";
import type { Rules } from "./rules.ts";
import { type Answer, findKind, kindsOf } from "./server.ts";
import { things } from "./things.ts";
import type { Variant } from "./variants.ts";
import {
  ACCESSES,
  CACHED,
  idAt,
  indexOf,
  kindOf,
  knowableIn,
  lateIn,
  type OcmName,
  OCM_NAMES,
  read,
  type World,
  withIds,
  withValues,
  witnessedIn,
} from "./world.ts";

/** One step from a state to the next. */
export type Step = { readonly what: string; readonly cost: number; readonly world: World; readonly broken?: string };

const PASS = indexOf("pass");

/** Says what can happen in a state. */
export class Moves {
  /** Steps inside of passes that were gone through as a whole. */
  within = 0;
  readonly #tree: PassTree;
  readonly #rules: Rules;
  readonly #actors: readonly { readonly deeds: ReturnType<typeof remembered>; readonly indices: readonly number[] }[];

  constructor(variant: Variant, tree: PassTree, rules: Rules) {
    this.#tree = tree;
    this.#rules = rules;
    this.#actors = variant.actors.map((actor) => ({
      deeds: remembered(actor),
      indices: actor.places.map(indexOf),
    }));
  }

  /** All steps that can follow a state. */
  async from(world: World, left: number): Promise<readonly Step[]> {
    const pass = idAt(world, "pass");
    if (pass === 0) {
      const begun = await this.begin(world);
      const foreign = this.foreign(world, left, undefined);
      return this.#short(begun === undefined ? foreign : [begun, ...foreign], left);
    }
    const own = await this.ofPass(world, pass, left);
    return this.#short([...own, ...this.foreign(world, left, this.#touchedBy(pass, own[0]))], left);
  }

  /** What others can do. In the middle of a pass it costs: a pass is short, and most of the time nobody comes between. */
  foreign(world: World, left: number, touched: Touched): readonly Step[] {
    const isBetween = idAt(world, "pass") !== 0;
    const steps = this.#actors.flatMap(({ deeds, indices }) =>
      deeds(world)
        .filter((deed) => isPossible(deed, { isBetween, left, isConcerned: isConcerned(deed, indices, touched) }))
        .flatMap((deed) => this.#deed(world, deed, left)),
    );
    const news = left > 0 || !isBetween ? CACHED.filter((name) => isStale(world, name)) : [];
    return [
      ...steps,
      ...news.map((name) => this.#step(world, `the watch tells of the ${kindOf(name).title}`, told(world, name))),
    ];
  }

  /** A deed of which the watch tells at once, or late. */
  #deed(world: World, deed: KnownDeed, left: number): readonly Step[] {
    const next = done(world, deed);
    const step = this.#step(world, deed.what, next);
    const now = { ...step, cost: step.cost + (deed.isFault ? 1 : 0) };
    const late = now.cost < left ? done(world, deed, true) : next;
    return isSame(late, next)
      ? [now]
      : [now, { ...this.#step(world, `${deed.what} (the watch is late)`, late), cost: now.cost + 1 }];
  }

  #step(before: World, what: string, next: World): Step {
    const isBetween = idAt(before, "pass") !== 0;
    return isBetween
      ? { what: `meanwhile ${what}`, cost: 1, world: this.#witnessed(next) }
      : { what, cost: 0, world: normal(next) };
  }

  /** The first thing that somebody does anyway. */
  calm(world: World, wanted: (what: string) => boolean): Step | undefined {
    for (const { deeds } of this.#actors) {
      for (const deed of deeds(world)) {
        if (!deed.isFault && wanted(deed.what)) {
          return { what: deed.what, cost: 0, world: normal(done(world, deed)) };
        }
      }
    }
    return undefined;
  }

  /** Places that the next request of a pass, and the code after its answer, look at or change. */
  #touchedBy(pass: number, next: Step | undefined): Touched {
    const { request } = this.#tree.at(pass);
    const after = next === undefined ? 0 : idAt(next.world, "pass");
    const reads = after === 0 ? [] : this.#tree.at(after).reads.map(([index]) => index);
    return new Set([...(request === undefined ? [] : placesOf(request)), ...reads]);
  }

  /** The provider begins a pass, if there is an OCM object that it knows of. */
  async begin(world: World): Promise<Step | undefined> {
    if (OCM_NAMES.every((name) => idAt(world, `seen ${name}`) === 0)) {
      return undefined;
    }
    const position = await this.#tree.begin(world);
    const begun = this.#witnessed(withKnowable(world, OCM_NAMES));
    return { what: "the provider begins a pass", cost: 0, world: this.#at(begun, position) };
  }

  /** Steps after which nothing may go wrong any more go on to the end of the pass: there is but one way. */
  async #short(steps: readonly Step[], left: number): Promise<readonly Step[]> {
    const short: Step[] = [];
    for (const step of steps) {
      short.push(step.cost === left && step.broken === undefined ? await this.#throughout(step) : step);
    }
    return short;
  }

  /** The rest of a pass, with every rule checked on the way. */
  async #throughout(begun: Step): Promise<Step> {
    const words = [begun.what];
    let { world, broken } = begun;
    for (let pass = idAt(world, "pass"); pass !== 0 && broken === undefined; pass = idAt(world, "pass")) {
      const step = await this.goOn(world, pass);
      words.push(step.what);
      ({ world, broken } = step);
      this.within += 1;
      broken ??= this.#rules.check(world);
    }
    return { what: words.join("\n    "), cost: begun.cost, world, ...(broken !== undefined && { broken }) };
  }

  /** How a pass can go on: answered, refused, not answered, or not at all any more. */
  async ofPass(world: World, pass: number, left: number): Promise<readonly Step[]> {
    const steps = [await this.goOn(world, pass)];
    const { request } = this.#tree.at(pass);
    if (request === undefined || left === 0) {
      return steps;
    }
    const words = describe(request);
    steps.push(await this.#unserved(world, pass, { error: "Failed" }, `${words} fails`));
    if (isWrite(request)) {
      // Before a read it is as before the next write.
      const killed = withValues(world, { memory: undefined, late: undefined });
      steps.push({ what: `the provider is killed before it sends ${words}`, cost: 1, world: ended(killed) });
      steps.push(await this.#unserved(world, pass, { error: "Conflict" }, `${words} meets a conflict`));
      steps.push(await this.#lost(world, pass, request));
      steps.push(...(left > 1 ? await this.#lostAndLate(world, pass, request) : []));
    }
    return steps;
  }

  /** The next request of a pass is served and answered, or the pass ends. */
  async goOn(world: World, pass: number): Promise<Step> {
    const sent = this.#tree.at(pass);
    const { request } = sent;
    if (request === undefined) {
      return { what: "the pass ends", cost: 0, world: ended(world) };
    }
    const served = serveRequest(world, { ...sent, request });
    const broken = this.#rules.judge({ before: world, after: served.world, request });
    const position = await this.#tree.answer(pass, served.answerId, served.world);
    const answer = things.at(served.answerId) as Answer;
    const next = withKnowable(served.world, askedFor(request));
    const words = `provider: ${describe(request)}${"error" in answer ? ` → ${answer.error}` : ""}`;
    return { what: words, cost: 0, world: this.#at(next, position), ...(broken !== undefined && { broken }) };
  }

  async #unserved(world: World, pass: number, answer: Answer, words: string): Promise<Step> {
    const position = await this.#tree.answer(pass, things.idOf(answer), world);
    return { what: words, cost: 1, world: this.#at(world, position) };
  }

  /** The answer to a write is lost, and the watch tells of the object only after the next pass. */
  async #lostAndLate(world: World, pass: number, request: Request): Promise<readonly Step[]> {
    const step = await this.#lost(world, pass, request, true);
    const late = CACHED.find((name) => isStale(step.world, name) && !isStale(world, name));
    return late === undefined
      ? []
      : [{ ...step, what: `${step.what} (the watch is late)`, cost: 2, world: withValues(step.world, { late }) }];
  }

  async #lost(world: World, pass: number, request: Request, isLate = false): Promise<Step> {
    const served = serveRequest(world, { ...this.#tree.at(pass), request }, isLate);
    const broken = this.#rules.judge({ before: world, after: served.world, request });
    const position = await this.#tree.answer(pass, things.idOf({ error: "Silent" } satisfies Answer), served.world);
    return {
      what: `${describe(request)} is done, and its answer is lost`,
      cost: 1,
      world: this.#at(served.world, position),
      ...(broken !== undefined && { broken }),
    };
  }

  #at(
    world: World,
    { number, wrote }: { readonly number: number; readonly wrote: readonly (readonly [number, number])[] },
  ): World {
    return withIds(world, [...wrote, [PASS, number]]);
  }

  // Whatever has run at some moment of a pass may be called running at its end.
  #witnessed(world: World): World {
    const versions = new Set([...witnessedIn(world), ...runningIn(world)]);
    const truth = [...versions].toSorted((one, other) => (one < other ? -1 : 1));
    return truth.length === 0 ? world : withValues(world, { truth });
  }
}

/** The world after a pass, however that has ended. News are late for one pass at most. */
function ended(world: World): World {
  const late = lateIn(world);
  const stale = CACHED.filter((name) => name !== late && isStale(world, name));
  const heard = stale.reduce((next, name) => told(next, name), world);
  return normal(
    withIds(heard, [
      [PASS, 0],
      [indexOf("truth"), 0],
      [indexOf("knowable"), 0],
      [indexOf("late"), 0],
    ]),
  );
}

/**
 * The world in which a pass has had a chance to know the OCM objects of some kinds: it began, or it has asked the server
 * for them. Only those that are not being deleted matter.
 */
function withKnowable(world: World, names: readonly OcmName[]): World {
  if (names.length === 0) {
    return world;
  }
  const others = knowableIn(world).filter((uid) => !names.some((name) => uid.startsWith(`${name}-`)));
  const now = names
    .map((name) => read(world, name))
    .filter((ocm) => ocm !== undefined && ocm.metadata.deletionTimestamp === undefined)
    .map((ocm) => ocm?.metadata.uid ?? "");
  const knowable = [...others, ...now].toSorted((one, other) => (one < other ? -1 : 1));
  return withValues(world, { knowable: knowable.length === 0 ? undefined : knowable });
}

/** The OCM object that a request asks the server for. */
function askedFor({ at, call }: Request): readonly OcmName[] {
  const found = at === "onboarding" && call.verb === "get" ? findKind(call) : undefined;
  return OCM_NAMES.filter((name) => name === found);
}

/** Places that matter to what comes next in a pass; absent between passes, where everything may matter. */
type Touched = ReadonlySet<number> | undefined;

function isPossible(
  { isFault, isAtRest }: KnownDeed,
  now: { readonly isBetween: boolean; readonly left: number; readonly isConcerned: boolean },
): boolean {
  const cost = (isFault ? 1 : 0) + (now.isBetween ? 1 : 0);
  const isAllowed = !(isAtRest && now.isBetween);
  return isAllowed && (cost < now.left || (cost === now.left && now.isConcerned));
}

/**
 * Whether it matters if a deed comes before or after a request: where it does not, the later of the two is enough. Asked
 * for the last fault of a way only, since an earlier one can make another deed possible.
 */
function isConcerned(deed: KnownDeed, indices: readonly number[], touched: Touched): boolean {
  return (
    touched === undefined ||
    indices.some((index) => touched.has(index)) ||
    deed.to.some(([name]) => touched.has(indexOf(name)))
  );
}

/** Places that a request looks at or changes. */
function placesOf({ at, call }: Request): readonly number[] {
  const access = accessAt(at);
  if (access !== undefined) {
    const { target, kubeconfig } = ACCESSES[access];
    return [target, kubeconfig, access].map((name) => indexOf(name));
  }
  if (call.verb === "version") {
    return [];
  }
  const names = call.verb === "list" ? kindsOf(call) : [findKind(call)];
  return names.filter((name) => name !== undefined).flatMap((name) => [indexOf(name), indexOf(`seen ${name}`)]);
}

function isSame(one: World, other: World): boolean {
  return one.every((id, index) => id === other[index]);
}

const described = new Map<Request, string>();

/** A request in words; a position of a pass has always the same one. */
function describe(request: Request): string {
  const words = described.get(request) ?? inWords(request);
  described.set(request, words);
  return words;
}

function inWords({ at, call }: Request): string {
  const access = accessAt(at);
  const place = access === undefined ? "" : ` on the cluster of the ${kindOf(access).title}`;
  if (call.verb === "version") {
    return `ask for the version${place}`;
  }
  if (call.verb === "list") {
    return `list ${call.plural}${place}`;
  }
  const { verb, group, plural, name, subresource, body } = call;
  const text = verb === "merge" || verb === "json" ? ` ${shortened(body)}` : "";
  const kind = at === "onboarding" ? `${plural}.${group}` : plural;
  return `${verb} ${kind}/${name.slice(0, 24)}${subresource === undefined ? "" : "/status"}${place}${text}`;
}

function shortened(body: unknown): string {
  const text = JSON.stringify(body, (key, value: unknown) =>
    ["uid", "resourceVersion", "lastTransitionTime", "resources", "observedGeneration"].includes(key)
      ? undefined
      : value,
  );
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
