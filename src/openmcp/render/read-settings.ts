import type { Clock } from "../../kube/clock.ts";
import type { ConfigMap, Secret } from "../../kube/core.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Look } from "../../runtime/named-informers.ts";
import { problemsIn } from "../service/problems-in.ts";
import type { ProviderDefinition, Reading } from "../service/definition.ts";
import { SettingsSource } from "../service/settings-source.ts";
import type { Report, ServiceObject } from "../service/status.ts";

/** A ProviderConfig with the objects that it may name. */
export type ConfigSources<C> = {
  readonly config: C | undefined;
  readonly secret: (name: string) => Look<Secret>;
  readonly configMap: (name: string) => Look<ConfigMap>;
  readonly supplement: (name: string) => Look<KubeObject>;
  /** Namespace of these objects. */
  readonly namespace: string;
  readonly providerName: string;
  readonly clock: Clock;
};

/** The settings as a provider has them in force that begins with these objects, and how the ProviderConfig is. */
export type ReadConfig<S> = {
  readonly reading: Reading<S>;
  readonly reports: readonly Report[];
  /** Whether a running provider would go on with its last valid settings. */
  readonly isRefused: boolean;
};

/** Reads a ProviderConfig as a provider does that begins with it. */
export function readConfig<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  sources: ConfigSources<C>,
): ReadConfig<S> {
  const { config, providerName, namespace, clock } = sources;
  const named = { failure: () => undefined, follow: () => undefined, isSettled: () => true };
  const source = new SettingsSource<C, S>(
    {
      providerConfigs: { get: () => config },
      operatorSecrets: { ...named, look: sources.secret },
      operatorConfigMaps: { ...named, look: sources.configMap },
      supplements: { ...named, look: sources.supplement },
      providerName,
      podNamespace: namespace,
      clock,
      problemsOf: problemsIn(definition.crds),
    },
    definition.settings,
  );
  const reading = source.read();
  const reports =
    config === undefined && "blocker" in reading ? [{ type: TYPE, ...reading.blocker }] : reportsOn(source);
  return { reading, reports, isRefused: source.fault !== undefined };
}

const TYPE = "Accepted";

function reportsOn<C extends ServiceObject, S>(source: SettingsSource<C, S>): readonly Report[] {
  const { fault, problem } = source;
  if (fault !== undefined) {
    return [{ type: TYPE, state: "failed", reason: fault.reason, message: fault.message }];
  }
  const remarks = source.describe()?.remarks ?? [];
  const message = ["in force", ...remarks].join("; ");
  return [problem === undefined ? { type: TYPE, state: "done", reason: "Valid", message } : { type: TYPE, ...problem }];
}
