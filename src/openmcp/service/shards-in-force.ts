import { isRecord } from "../../kube/json.ts";
import type { ProviderDefinition } from "./definition.ts";
import { requestedOperation } from "./operation.ts";
import { readValid } from "./read-checked.ts";
import type { ServiceObject } from "./status.ts";

/** Field of a ProviderConfig's status with the keys of the shards in force. */
export const SHARDS_FIELD = "shards";

type Distribution<C extends ServiceObject> = Pick<ProviderDefinition<never, C, unknown>, "shardsOf"> & {
  readonly settings: { readonly read: (config: C) => unknown };
};

/**
 * Returns the function that tells among which shards a ProviderConfig has tenants distributed. `problemsOf` says which
 * fields of one its present schema would refuse.
 *
 * Every process has to tell the same, whenever it was started. What a ProviderConfig that is wrong or ignored leaves in
 * force is therefore read from its status, and is nobody's memory.
 */
export function shardsInForce<C extends ServiceObject>(
  { settings: { read }, shardsOf }: Distribution<C>,
  problemsOf: (config: C) => readonly string[],
): (config: C) => readonly string[] {
  const isTaken = (config: C): boolean =>
    requestedOperation(config) !== "ignore" && readValid(config, { problemsOf, read }) !== undefined;
  const tell = (config: C): readonly string[] => {
    const asked = shardsOf?.(config);
    const before = shardsInStatus(config);
    // Most providers have no shards, and spare the look at all fields.
    const areNone = asked === undefined && before.length === 0;
    return areNone || !isTaken(config) ? before : (asked ?? []);
  };
  let last: { readonly of: C; readonly shards: readonly string[] } | undefined;
  return (config) => {
    last = last?.of === config ? last : { of: config, shards: tell(config) };
    return last.shards;
  };
}

function shardsInStatus({ status }: ServiceObject): readonly string[] {
  const details: unknown = status;
  const shards = isRecord(details) ? details[SHARDS_FIELD] : undefined;
  return Array.isArray(shards) ? shards.filter((shard) => typeof shard === "string") : [];
}
