import { isDeepStrictEqual } from "node:util";

import type { Clock } from "../../kube/clock.ts";
import type { ConfigMap, Secret } from "../../kube/core.ts";
import type { KubeObject } from "../../kube/object.ts";
import { StalledError } from "../../runtime/errors.ts";
import type { FollowFailure } from "../../runtime/informer.ts";
import type { Look } from "../../runtime/named-informers.ts";
import { storedMessage } from "../../runtime/stored-message.ts";
import { hash8 } from "../platform/names.ts";
import { areSame } from "../../runtime/rest.ts";
import type { Completed, Description, Reading, SettingsBlocker, SettingsReader, Sighting } from "./definition.ts";
import { requestedOperation } from "./operation.ts";
import { readChecked, readValid, type SettingsChecks } from "./read-checked.ts";
import type { ServiceObject } from "./status.ts";

/** Single objects of the provider's own namespace; only what was asked for by `follow` is known. */
type Named<T> = {
  look(name: string): Look<T>;
  failure(name: string): FollowFailure | undefined;
  follow(names: ReadonlySet<string>): void;
  isSettled(): boolean;
};

/** Where the operator's settings are read from. */
export type SettingsStores<C extends ServiceObject> = {
  readonly providerConfigs: { get(name: string): C | undefined };
  readonly operatorSecrets: Named<Secret>;
  readonly operatorConfigMaps: Named<ConfigMap>;
  /** Objects of the kind that supplements the settings; absent when no kind does. */
  readonly supplements?: Named<KubeObject>;
  readonly providerName: string;
  readonly podNamespace: string;
  readonly clock: Clock;
  /** Says which fields of an object its present schema would refuse. */
  readonly problemsOf: (object: C) => readonly string[];
};

/** An object that the settings in force name, and that cannot be followed. */
export type Unfollowed = {
  readonly kind: string;
  readonly name: string;
  /** What the API server has answered. */
  readonly error: unknown;
};

const NO_ANSWER = "the API server does not answer";

/** A watch that fails now and then is followed again within half a minute, and nobody has to be told. */
const LONGEST_QUIET_FAILURE_MS = 60_000;
const DEFAULT_POLL_INTERVAL_MS = 60_000;
const NONE: ReadonlySet<string> = new Set();
/** Of one error. */
const LONGEST_WORDS_BYTES = 700;

type Read<C, S> = { readonly object: C; readonly settings: S };

/** The names of the objects that settings refer to. */
type NamedBy<S> = {
  readonly settings: S;
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
};

/** A reading, and all that it was made of: values that are compared one by one. */
type Made<S> = { readonly of: readonly unknown[]; readonly reading: Reading<S> };

/**
 * Reads the one ProviderConfig that counts, and keeps the last good one in force while a newer one is bad.
 *
 * A new one comes into force once it is known of each object that it names whether it exists, or why that is not known:
 * nobody waits for that. "Last good" lasts as long as the process: a bad ProviderConfig found at the start stops
 * changes, and nothing else.
 */
export class SettingsSource<C extends ServiceObject, S> {
  readonly #stores: SettingsStores<C>;
  readonly #reader: SettingsReader<C, S>;
  #seen: C | undefined;
  #inForce: Read<C, S> | undefined;
  /** Those that come into force next. */
  #next: Read<C, S> | undefined;
  /** The settings in force as they were completed last, and with what. */
  #completion:
    | { readonly of: Read<C, S>; readonly with: Sighting<KubeObject>; readonly completed: Completed<S> }
    | undefined;
  #fault: StalledError | undefined;
  #made: Made<S> | undefined;
  /** What the settings that were read last name. */
  #named: NamedBy<S> | undefined;

  constructor(stores: SettingsStores<C>, reader: SettingsReader<C, S>) {
    this.#stores = stores;
    this.#reader = reader;
  }

  /** Begins to look up what the newest ProviderConfig names, so that nobody has to wait for that later. */
  prepare(): void {
    this.#takeIn();
  }

  /**
   * The settings in force with all that they name, as they are at this moment, or why there are none: the same reading
   * as long as they are the same.
   */
  read(): Reading<S> {
    this.#takeIn();
    return this.#inForce === undefined ? this.#readBlocker() : this.#readInForce(this.#inForce);
  }

  #readBlocker(): Reading<S> {
    const { providerName } = this.#stores;
    const because = (state: "waiting" | "failed", reason: SettingsBlocker["reason"], message: string): Reading<S> =>
      this.#make([state, reason, message], () => ({ blocker: { state, reason, message } }));
    if (this.#seen === undefined) {
      const message = `waiting for the platform operator to create ProviderConfig "${providerName}"`;
      return because("waiting", "ProviderConfigNotFound", message);
    }
    if (this.#next !== undefined) {
      const message = `waiting for what ProviderConfig "${providerName}" names to be read`;
      return because("waiting", "ReferenceUnreadable", message);
    }
    const message = `ProviderConfig "${providerName}" is not valid: ${this.#fault?.message ?? "unknown"}`;
    return because("failed", "InvalidProviderConfig", message);
  }

  #readInForce(inForce: Read<C, S>): Reading<S> {
    const { podNamespace: namespace, operatorSecrets, operatorConfigMaps } = this.#stores;
    const { settings, digest } = this.#complete(inForce);
    const { secrets: secretNames, configMaps: configMapNames } = this.#namedBy(settings);
    const parts: unknown[] = [versionOf(inForce.object), settings, digest];
    addLooks(parts, operatorSecrets, secretNames);
    addLooks(parts, operatorConfigMaps, configMapNames);
    return this.#make(parts, () => {
      const secrets = lookAll(operatorSecrets, secretNames);
      const configMaps = lookAll(operatorConfigMaps, configMapNames);
      const revision = revisionOf([inForce.object, ...objectsIn(secrets), ...objectsIn(configMaps)]);
      return {
        settings,
        revision: digest === "" ? revision : hash8(revision, digest),
        operator: {
          namespace,
          secret: (name) => secrets.get(name) ?? { state: "unknown" },
          configMap: (name) => configMaps.get(name) ?? { state: "unknown" },
        },
      };
    });
  }

  #make(of: readonly unknown[], make: () => Reading<S>): Reading<S> {
    if (this.#made === undefined || !areSame(this.#made.of, of)) {
      this.#made = { of, reading: make() };
    }
    return this.#made.reading;
  }

  /** Whether two ProviderConfigs mean the same. */
  readonly isSame = (one: C, other: C): boolean => {
    const [first, second] = [one, other].map((object) => readValid(object, this.#checks));
    return first !== undefined && isDeepStrictEqual(first, second);
  };

  /** How often every object is looked at although nothing has changed. */
  pollIntervalMs(): number {
    this.#takeIn();
    const settings = this.#inForce?.settings;
    return (settings && this.#reader.pollIntervalMs?.(settings)) ?? DEFAULT_POLL_INTERVAL_MS;
  }

  /** What is wrong with the current ProviderConfig, if anything is. */
  get fault(): StalledError | undefined {
    this.#takeIn();
    return this.#fault;
  }

  /** What is wrong although settings are in force, if anything is. */
  get problem(): Completed<S>["problem"] {
    this.#takeIn();
    return this.#inForce && this.#complete(this.#inForce).problem;
  }

  /** What the settings in force mean; undefined while there are none. */
  describe(): Description | undefined {
    this.#takeIn();
    const { describe = () => ({ details: {}, remarks: [] }) } = this.#reader;
    return this.#inForce && describe(this.#complete(this.#inForce).settings);
  }

  /** Whether the operator asked to leave everything as it is for now. */
  get isIgnored(): boolean {
    const object = this.#stores.providerConfigs.get(this.#stores.providerName);
    return object !== undefined && requestedOperation(object) === "ignore";
  }

  /** Whether new settings wait for the first answers about what they name, which comes with a change or within seconds. */
  get isSettling(): boolean {
    this.#takeIn();
    return this.#next !== undefined;
  }

  /** Whether there are no other settings meanwhile. */
  get isStarting(): boolean {
    return this.isSettling && this.#inForce === undefined;
  }

  /** The objects that the settings in force name, and that cannot be followed. */
  unfollowed(): readonly Unfollowed[] {
    this.#takeIn();
    if (this.#inForce === undefined) {
      return [];
    }
    const { operatorSecrets, operatorConfigMaps } = this.#stores;
    const { settings } = this.#inForce;
    return [
      ...this.#unfollowedOf("Secret", operatorSecrets, this.#secretsOf(settings)),
      ...this.#unfollowedOf("ConfigMap", operatorConfigMaps, this.#configMapsOf(settings)),
    ];
  }

  #unfollowedOf<T>(kind: string, objects: Named<T>, names: ReadonlySet<string>): readonly Unfollowed[] {
    return [...names].flatMap((name) => {
      const error = this.#whyUnfollowed(objects, name);
      return error === undefined ? [] : [{ kind, name, error }];
    });
  }

  /** What keeps an object from being followed: nothing, or nothing that lasts, unless it is not known at all. */
  #whyUnfollowed<T>(objects: Named<T>, name: string): unknown {
    const failure = objects.failure(name);
    const isLasting = failure !== undefined && this.#stores.clock.now() - failure.sinceMs >= LONGEST_QUIET_FAILURE_MS;
    const isUnfollowed = objects.look(name).state === "unknown" || isLasting;
    return isUnfollowed ? (failure?.error ?? NO_ANSWER) : undefined;
  }

  #complete(inForce: Read<C, S>): Completed<S> {
    const { supplement } = this.#reader;
    const { supplements } = this.#stores;
    const name = supplement?.nameOf(inForce.settings);
    if (supplement === undefined || supplements === undefined || name === undefined) {
      this.#completion = undefined;
      return { settings: inForce.settings, digest: "" };
    }
    const sighting = this.#sight(supplements, name);
    const last = this.#completion;
    if (last?.of.settings !== inForce.settings || !isSameSighting(last.with, sighting)) {
      const before = { config: inForce.object, ...(last !== undefined && { settings: last.completed.settings }) };
      const completed = supplement.complete(inForce.settings, sighting, before);
      this.#completion = { of: inForce, with: sighting, completed };
      return completed;
    }
    return last.completed;
  }

  #sight(objects: Named<KubeObject>, name: string): Sighting<KubeObject> {
    const { podNamespace: namespace } = this.#stores;
    const error = this.#whyUnfollowed(objects, name);
    const look = objects.look(name);
    return error !== undefined || look.state === "unknown"
      ? { namespace, state: "unreadable", why: wordsOf(error ?? NO_ANSWER) }
      : { namespace, ...look };
  }

  #takeIn(): void {
    const { providerConfigs, providerName, operatorSecrets, operatorConfigMaps, supplements } = this.#stores;
    const object = providerConfigs.get(providerName);
    if (object !== this.#seen && !this.isIgnored) {
      this.#seen = object;
      this.#fault = undefined;
      this.#take(object);
    }
    const named = [operatorSecrets, operatorConfigMaps, ...(supplements === undefined ? [] : [supplements])];
    if (this.#next !== undefined && named.every((objects) => objects.isSettled())) {
      this.#inForce = this.#next;
      this.#next = undefined;
      this.#follow();
    }
  }

  #take(object: C | undefined): void {
    if (object === undefined) {
      this.#inForce = undefined;
      this.#next = undefined;
      return;
    }
    try {
      this.#next = { object, settings: this.#known(readChecked(object, this.#checks)) };
      this.#follow();
    } catch (error) {
      if (!(error instanceof StalledError)) {
        throw error;
      }
      this.#fault = error;
    }
  }

  // A ProviderConfig of which only the status has changed says the same as before.
  #known(settings: S): S {
    const known = this.#inForce?.settings;
    return known !== undefined && isDeepStrictEqual(known, settings) ? known : settings;
  }

  #follow(): void {
    const all = [this.#inForce, this.#next].flatMap((read) => (read === undefined ? [] : [read.settings]));
    this.#stores.operatorSecrets.follow(new Set(all.flatMap((settings) => [...this.#secretsOf(settings)])));
    this.#stores.operatorConfigMaps.follow(new Set(all.flatMap((settings) => [...this.#configMapsOf(settings)])));
    const supplementing = all.map((settings) => this.#reader.supplement?.nameOf(settings));
    this.#stores.supplements?.follow(new Set(supplementing.filter((name) => name !== undefined)));
  }

  #namedBy(settings: S): NamedBy<S> {
    if (this.#named?.settings !== settings) {
      this.#named = { settings, secrets: this.#secretsOf(settings), configMaps: this.#configMapsOf(settings) };
    }
    return this.#named;
  }

  #secretsOf(settings: S): ReadonlySet<string> {
    return this.#reader.secretsOf?.(settings) ?? NONE;
  }

  #configMapsOf(settings: S): ReadonlySet<string> {
    return this.#reader.configMapsOf?.(settings) ?? NONE;
  }

  get #checks(): SettingsChecks<C, S> {
    const { read } = this.#reader;
    return { problemsOf: this.#stores.problemsOf, read };
  }
}

/** What the operator reads of an error, which has the words of an API server. */
export function wordsOf(error: unknown): string {
  return storedMessage(error instanceof Error ? error.message : String(error), LONGEST_WORDS_BYTES);
}

function isSameSighting(one: Sighting<KubeObject>, other: Sighting<KubeObject>): boolean {
  const [object, otherObject] = [one, other].map((sighting) =>
    sighting.state === "present" ? sighting.object : undefined,
  );
  return object === otherObject && isDeepStrictEqual({ ...one, object: null }, { ...other, object: null });
}

/** Adds what looks show: the state, and the object if there is one. The names are those of the settings. */
function addLooks<T>(parts: unknown[], objects: Named<T>, names: ReadonlySet<string>): void {
  for (const name of names) {
    const look = objects.look(name);
    parts.push(look.state, look.state === "present" ? look.object : undefined);
  }
}

function lookAll<T>(objects: Named<T>, names: ReadonlySet<string>): ReadonlyMap<string, Look<T>> {
  return new Map(Array.from(names, (name) => [name, objects.look(name)]));
}

function objectsIn<T>(looks: ReadonlyMap<string, Look<T>>): readonly (T | undefined)[] {
  return Array.from(looks.values(), (look) => (look.state === "present" ? look.object : undefined));
}

/**
 * Short text that is another one whenever one of the objects comes, goes, is made anew or changes its content.
 *
 * Nothing can be learned from it about what the objects say.
 */
export function revisionOf(objects: readonly (KubeObject | undefined)[]): string {
  return hash8(...objects.map(versionOf));
}

// Secrets have no generation.
function versionOf(object: KubeObject | undefined): string {
  const { uid = "", generation, resourceVersion = "" } = object?.metadata ?? {};
  return `${uid}@${generation ?? resourceVersion}`;
}
