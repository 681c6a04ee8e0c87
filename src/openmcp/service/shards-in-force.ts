import { isRecord } from "../../kube/json.ts";
import { areSame } from "../../runtime/rest.ts";
import type { ProviderDefinition } from "./definition.ts";
import { requestedOperation } from "./operation.ts";
import { readValid } from "./read-checked.ts";
import { leaderOf } from "./served.ts";
import type { ServiceObject } from "./status.ts";

/** Field of a ProviderConfig's status with the keys of the shards in force. */
export const SHARDS_FIELD = "shards";

type Distribution<C extends ServiceObject> = Pick<ProviderDefinition<never, C, unknown>, "shardsOf"> & {
  readonly settings: { readonly read: (config: C) => unknown };
};

/**
 * Returns the function that tells among which shards ProviderConfigs of one name have tenants distributed; they are given
 * in the order of their groups. `problemsOf` says which fields of one its present schema would refuse.
 *
 * Every process has to tell the same, whenever it was started. What a ProviderConfig that is wrong or ignored leaves in
 * force is therefore read from its status, and is nobody's memory. While it has none, the one that led before it tells.
 */
export function shardsInForce<C extends ServiceObject>(
  { settings: { read }, shardsOf }: Distribution<C>,
  problemsOf: (config: C) => readonly string[],
): (configs: readonly C[]) => readonly string[] {
  const isTaken = (config: C): boolean =>
    requestedOperation(config) !== "ignore" && readValid(config, { problemsOf, read }) !== undefined;
  const tell = (configs: readonly C[]): readonly string[] => {
    const leader = leaderOf(configs);
    if (leader === undefined) {
      return [];
    }
    const asked = shardsOf?.(leader);
    const before = shardsInStatus(leader.status ?? earlierStatus(configs));
    // Most providers have no shards, and spare the look at all fields.
    const areNone = asked === undefined && before.length === 0;
    return areNone || !isTaken(leader) ? before : (asked ?? []);
  };
  let last: { readonly of: readonly C[]; readonly shards: readonly string[] } | undefined;
  return (configs) => {
    last = last !== undefined && areSame(last.of, configs) ? last : { of: configs, shards: tell(configs) };
    return last.shards;
  };
}

function earlierStatus(configs: readonly ServiceObject[]): ServiceObject["status"] {
  return configs.find(({ status }) => status !== undefined)?.status;
}

function shardsInStatus(details: unknown): readonly string[] {
  const shards = isRecord(details) ? details[SHARDS_FIELD] : undefined;
  return Array.isArray(shards) ? shards.filter((shard) => typeof shard === "string") : [];
}
