import type { Clock } from "../kube/clock.ts";
import type { ConfigMap, Secret } from "../kube/core.ts";
import { requestedOperation } from "../openmcp/service/operation.ts";
import type { FollowFailure } from "../runtime/informer.ts";
import type { Look } from "../runtime/named-informers.ts";
import type { ProviderConfig } from "./api/objects.ts";
import type { OperatorObjects } from "./operator-objects.ts";
import type { ConfigReading } from "./plan.ts";
import { revisionOf } from "./retry/revision-of.ts";
import { configMapsOf, readSettings, secretsOf, SettingError, type Settings as Config } from "./settings.ts";

/** Single objects of the provider's own namespace; only what was asked for by `follow` is known. */
type Named<T> = {
  look(name: string): Look<T>;
  failure(name: string): FollowFailure | undefined;
  follow(names: ReadonlySet<string>): void;
  isSettled(): boolean;
};

/** Where the operator's settings are read from. */
export type ConfigStores = {
  readonly providerConfigs: { get(name: string): ProviderConfig | undefined };
  readonly operatorSecrets: Named<Secret>;
  readonly operatorConfigMaps: Named<ConfigMap>;
  readonly providerName: string;
  readonly podNamespace: string;
  readonly clock: Clock;
  /** Says what is wrong with an object that its schema would refuse today. */
  problemsOf(object: ProviderConfig): readonly string[];
};

/** An object that the settings in force name, and that cannot be followed. */
export type Unfollowed = {
  readonly kind: string;
  readonly name: string;
  /** What the API server has answered; absent when it has not. */
  readonly error?: unknown;
};

/** Settings, and the ProviderConfig that says them. */
type Settings = { readonly object: ProviderConfig; readonly config: Config };

/** A watch that fails now and then is followed again within half a minute, and nobody has to be told. */
const LONGEST_QUIET_FAILURE_MS = 60_000;

/**
 * Reads the one ProviderConfig that counts, and keeps the last good one in force while a newer one is bad.
 *
 * A new one comes into force once it is known of each object that it names whether it exists, or why that is not known:
 * nobody waits for that. "Last good" lasts as long as the process: a bad ProviderConfig found at the start stops
 * changes, and nothing else.
 */
export class ConfigSource {
  readonly #stores: ConfigStores;
  #seen: ProviderConfig | undefined;
  #inForce: Settings | undefined;
  /** Those that come into force next. */
  #next: Settings | undefined;
  #fault: SettingError | undefined;

  constructor(stores: ConfigStores) {
    this.#stores = stores;
  }

  /** The settings in force with all that they name, as they are at this moment, or why there are none. */
  read(): ConfigReading {
    this.#takeIn();
    if (this.#seen === undefined) {
      return missing(this.#stores.providerName);
    }
    if (this.#inForce === undefined && this.#next !== undefined) {
      const message = `waiting for what ProviderConfig "${this.#seen.metadata.name}" names to be read`;
      return { hindrance: { state: "waiting", reason: "ReferenceUnreadable", message } };
    }
    if (this.#inForce === undefined) {
      const message = `ProviderConfig "${this.#seen.metadata.name}" is not valid: ${this.#fault?.message ?? "unknown"}`;
      return { hindrance: { state: "failed", reason: "InvalidProviderConfig", message } };
    }
    const { object, config } = this.#inForce;
    const { podNamespace: namespace, operatorSecrets, operatorConfigMaps } = this.#stores;
    const secrets = lookAll(operatorSecrets, secretsOf(config));
    const configMaps = lookAll(operatorConfigMaps, configMapsOf(config));
    const operator: OperatorObjects = {
      namespace,
      secret: (name) => secrets.get(name) ?? UNKNOWN,
      configMap: (name) => configMaps.get(name) ?? UNKNOWN,
    };
    return {
      config,
      revision: revisionOf([object, ...objectsIn(secrets), ...objectsIn(configMaps)]),
      operator,
    };
  }

  /** What is wrong with the current ProviderConfig, if anything is. */
  get fault(): SettingError | undefined {
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
    const { config } = this.#inForce;
    return [
      ...this.#unfollowedOf("Secret", operatorSecrets, secretsOf(config)),
      ...this.#unfollowedOf("ConfigMap", operatorConfigMaps, configMapsOf(config)),
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
    const object = this.#stores.providerConfigs.get(this.#stores.providerName);
    if (object !== this.#seen && !this.isIgnored) {
      this.#seen = object;
      this.#fault = undefined;
      this.#take(object);
    }
    const { operatorSecrets, operatorConfigMaps } = this.#stores;
    if (this.#next !== undefined && operatorSecrets.isSettled() && operatorConfigMaps.isSettled()) {
      this.#inForce = this.#next;
      this.#next = undefined;
      this.#follow();
    }
  }

  #take(object: ProviderConfig | undefined): void {
    if (object === undefined) {
      this.#inForce = undefined;
      this.#next = undefined;
      return;
    }
    try {
      this.#next = { object, config: this.#readChecked(object) };
      this.#follow();
    } catch (error) {
      if (!(error instanceof SettingError)) {
        throw error;
      }
      this.#fault = error;
    }
  }

  #follow(): void {
    const configs = [this.#inForce, this.#next].flatMap((settings) => settings?.config ?? []);
    this.#stores.operatorSecrets.follow(new Set(configs.flatMap((config) => [...secretsOf(config)])));
    this.#stores.operatorConfigMaps.follow(new Set(configs.flatMap((config) => [...configMapsOf(config)])));
  }

  #readChecked(object: ProviderConfig): Config {
    const problems = this.#stores.problemsOf(object);
    if (problems.length > 0) {
      throw new SettingError("InvalidProviderConfig", problems.join("; "));
    }
    return readSettings(object);
  }
}

const UNKNOWN = { state: "unknown" } as const;

function lookAll<T>(objects: Named<T>, names: ReadonlySet<string>): ReadonlyMap<string, Look<T>> {
  return new Map(Array.from(names, (name) => [name, objects.look(name)]));
}

function objectsIn<T>(looks: ReadonlyMap<string, Look<T>>): readonly (T | undefined)[] {
  return Array.from(looks.values(), (look) => (look.state === "present" ? look.object : undefined));
}

function missing(name: string): ConfigReading {
  const message = `waiting for the platform operator to create ProviderConfig "${name}"`;
  return { hindrance: { state: "waiting", reason: "ProviderConfigNotFound", message } };
}
