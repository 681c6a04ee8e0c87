import { isDeepStrictEqual } from "node:util";

import type { Clock } from "../../kube/clock.ts";
import type { ConfigMap, Secret } from "../../kube/core.ts";
import type { KubeObject } from "../../kube/object.ts";
import { StalledError } from "../../runtime/errors.ts";
import type { FollowFailure } from "../../runtime/informer.ts";
import type { Look } from "../../runtime/named-informers.ts";
import { hash8 } from "../platform/names.ts";
import type { Reading, SettingsReader } from "./definition.ts";
import { requestedOperation } from "./operation.ts";
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
  readonly providerName: string;
  readonly podNamespace: string;
  readonly clock: Clock;
  /** Says which fields of an object its present schema would refuse. */
  problemsOf(object: C): readonly string[];
};

/** An object that the settings in force name, and that cannot be followed. */
export type Unfollowed = {
  readonly kind: string;
  readonly name: string;
  /** What the API server has answered; absent when it has not. */
  readonly error?: unknown;
};

/** A watch that fails now and then is followed again within half a minute, and nobody has to be told. */
const LONGEST_QUIET_FAILURE_MS = 60_000;
const DEFAULT_POLL_INTERVAL_MS = 60_000;
const NONE: ReadonlySet<string> = new Set();

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
  #inForce: { readonly object: C; readonly settings: S } | undefined;
  /** Those that come into force next. */
  #next: { readonly object: C; readonly settings: S } | undefined;
  #fault: StalledError | undefined;

  constructor(stores: SettingsStores<C>, reader: SettingsReader<C, S>) {
    this.#stores = stores;
    this.#reader = reader;
  }

  /** The settings in force with all that they name, as they are at this moment, or why there are none. */
  read(): Reading<S> {
    this.#takeIn();
    const { podNamespace: namespace, providerName, operatorSecrets, operatorConfigMaps } = this.#stores;
    if (this.#seen === undefined) {
      const message = `waiting for the platform operator to create ProviderConfig "${providerName}"`;
      return { blocker: { state: "waiting", reason: "ProviderConfigNotFound", message } };
    }
    if (this.#inForce === undefined && this.#next !== undefined) {
      const message = `waiting for what ProviderConfig "${providerName}" names to be read`;
      return { blocker: { state: "waiting", reason: "ReferenceUnreadable", message } };
    }
    if (this.#inForce === undefined) {
      const message = `ProviderConfig "${providerName}" is not valid: ${this.#fault?.message ?? "unknown"}`;
      return { blocker: { state: "failed", reason: "InvalidProviderConfig", message } };
    }
    const { object, settings } = this.#inForce;
    const secrets = lookAll(operatorSecrets, this.#secretsOf(settings));
    const configMaps = lookAll(operatorConfigMaps, this.#configMapsOf(settings));
    return {
      settings,
      revision: revisionOf([object, ...objectsIn(secrets), ...objectsIn(configMaps)]),
      operator: {
        namespace,
        secret: (name) => secrets.get(name) ?? { state: "unknown" },
        configMap: (name) => configMaps.get(name) ?? { state: "unknown" },
      },
    };
  }

  /** Whether two ProviderConfigs mean the same. */
  readonly isSame = (one: C, other: C): boolean => {
    try {
      return isDeepStrictEqual(this.#readChecked(one), this.#readChecked(other));
    } catch (error) {
      if (error instanceof StalledError) {
        return false;
      }
      throw error;
    }
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
      const failure = objects.failure(name);
      const isLasting = failure !== undefined && this.#stores.clock.now() - failure.sinceMs >= LONGEST_QUIET_FAILURE_MS;
      if (objects.look(name).state !== "unknown" && !isLasting) {
        return [];
      }
      return [{ kind, name, ...(failure !== undefined && { error: failure.error }) }];
    });
  }

  #takeIn(): void {
    const { providerConfigs, providerName, operatorSecrets, operatorConfigMaps } = this.#stores;
    const object = providerConfigs.get(providerName);
    if (object !== this.#seen && !this.isIgnored) {
      this.#seen = object;
      this.#fault = undefined;
      this.#take(object);
    }
    if (this.#next !== undefined && operatorSecrets.isSettled() && operatorConfigMaps.isSettled()) {
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
      this.#next = { object, settings: this.#readChecked(object) };
      this.#follow();
    } catch (error) {
      if (!(error instanceof StalledError)) {
        throw error;
      }
      this.#fault = error;
    }
  }

  #follow(): void {
    const all = [this.#inForce, this.#next].flatMap((read) => (read === undefined ? [] : [read.settings]));
    this.#stores.operatorSecrets.follow(new Set(all.flatMap((settings) => [...this.#secretsOf(settings)])));
    this.#stores.operatorConfigMaps.follow(new Set(all.flatMap((settings) => [...this.#configMapsOf(settings)])));
  }

  #secretsOf(settings: S): ReadonlySet<string> {
    return this.#reader.secretsOf?.(settings) ?? NONE;
  }

  #configMapsOf(settings: S): ReadonlySet<string> {
    return this.#reader.configMapsOf?.(settings) ?? NONE;
  }

  #readChecked(object: C): S {
    const problems = this.#stores.problemsOf(object);
    if (problems.length > 0) {
      throw new StalledError("InvalidProviderConfig", problems.join("; "));
    }
    return this.#reader.read(object);
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
