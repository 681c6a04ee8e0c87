import type { ConfigMap, Secret } from "../kube/core.ts";
import { requestedOperation } from "../openmcp/operation.ts";
import type { ProviderConfig } from "./api/objects.ts";
import type { Chart } from "./chart.ts";
import { readConfig, secretsOf, type Config } from "./config.ts";
import type { ConfigReading } from "./plan.ts";
import type { PullSecret } from "./pull-secret.ts";
import { revisionOf } from "./retry/revision-of.ts";
import { SettingError } from "./setting-error.ts";
import type { OperatorObjects } from "./trust/operator-objects.ts";
import { trustConfigMapsOf } from "./trust/trust.ts";

/** Single objects of the provider's own namespace; only what was asked for by `follow` is known. */
type Named<T> = {
  get(name: string): T | undefined;
  follow(names: ReadonlySet<string>): void;
  synced(signal: AbortSignal): Promise<void>;
};

/** Where the operator's settings are read from. */
export type ConfigStores = {
  readonly providerConfigs: { get(name: string): ProviderConfig | undefined };
  readonly operatorSecrets: Named<Secret>;
  readonly operatorConfigMaps: Named<ConfigMap>;
  readonly providerName: string;
  readonly podNamespace: string;
  /** Says what is wrong with an object that its schema would refuse today. */
  problemsOf(object: ProviderConfig): readonly string[];
};

/**
 * Reads the one ProviderConfig that counts, and keeps the last good one in force while a newer one is bad.
 *
 * "Last good" lasts as long as the process: a bad ProviderConfig found at the start stops changes, and nothing else.
 */
export class ConfigSource {
  readonly #stores: ConfigStores;
  #seen: ProviderConfig | undefined;
  #lastGood: Config | undefined;
  #fault: SettingError | undefined;

  constructor(stores: ConfigStores) {
    this.#stores = stores;
  }

  /** The settings in force, or why there are none. */
  read(): ConfigReading {
    this.#takeIn();
    if (this.#seen === undefined) {
      return missing(this.#stores.providerName);
    }
    if (this.#lastGood === undefined) {
      const message = `ProviderConfig "${this.#seen.metadata.name}" is not valid: ${this.#fault?.message ?? "unknown"}`;
      return { hindrance: { state: "failed", reason: "InvalidProviderConfig", message } };
    }
    const { trust } = this.#lastGood;
    const secrets = [...secretsOf(this.#lastGood)].map((name) => this.#stores.operatorSecrets.get(name));
    const configMaps = [...trustConfigMapsOf(trust)].map((name) => this.#stores.operatorConfigMaps.get(name));
    return {
      config: this.#lastGood,
      pullSecretOf: (chart) => this.#pullSecret(chart),
      revision: revisionOf([this.#seen, ...secrets, ...configMaps]),
      operator: this.#operator,
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

  /** Resolves when the secrets the settings name have been looked for. */
  async settled(signal: AbortSignal): Promise<void> {
    this.#takeIn();
    const { operatorSecrets, operatorConfigMaps } = this.#stores;
    await Promise.all([operatorSecrets.synced(signal), operatorConfigMaps.synced(signal)]);
  }

  #takeIn(): void {
    const object = this.#stores.providerConfigs.get(this.#stores.providerName);
    if (object === this.#seen || this.isIgnored) {
      return;
    }
    this.#seen = object;
    this.#fault = undefined;
    if (object === undefined) {
      this.#lastGood = undefined;
      return;
    }
    try {
      this.#lastGood = this.#readChecked(object);
      this.#stores.operatorSecrets.follow(secretsOf(this.#lastGood));
      this.#stores.operatorConfigMaps.follow(trustConfigMapsOf(this.#lastGood.trust));
    } catch (error) {
      if (!(error instanceof SettingError)) {
        throw error;
      }
      this.#fault = error;
    }
  }

  #readChecked(object: ProviderConfig): Config {
    const problems = this.#stores.problemsOf(object);
    if (problems.length > 0) {
      throw new SettingError("InvalidProviderConfig", problems.join("; "));
    }
    return readConfig(object);
  }

  get #operator(): OperatorObjects {
    const { podNamespace: namespace, operatorSecrets, operatorConfigMaps } = this.#stores;
    return {
      namespace,
      secret: (name) => operatorSecrets.get(name),
      configMap: (name) => operatorConfigMaps.get(name),
    };
  }

  #pullSecret({ pullSecret: name }: Pick<Chart, "pullSecret">): PullSecret {
    if (name === undefined) {
      return { state: "unwanted" };
    }
    const secret = this.#stores.operatorSecrets.get(name);
    return secret === undefined
      ? { state: "missing", name, namespace: this.#stores.podNamespace }
      : { state: "present", secret };
  }
}

function missing(name: string): ConfigReading {
  const message = `waiting for the platform operator to create ProviderConfig "${name}"`;
  return { hindrance: { state: "waiting", reason: "ProviderConfigNotFound", message } };
}
