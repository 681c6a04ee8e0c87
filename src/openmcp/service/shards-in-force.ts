import { isRecord } from "../../kube/json.ts";
import { StalledError } from "../../runtime/errors.ts";
import type { ProviderDefinition } from "./definition.ts";
import { requestedOperation } from "./operation.ts";
import { problemsIn } from "./problems-in.ts";
import type { ServiceObject } from "./status.ts";

/** Field of a ProviderConfig's status with the keys of the shards in force. */
export const SHARDS_FIELD = "shards";

type Distribution<C extends ServiceObject> = Pick<ProviderDefinition<never, C, unknown>, "crds" | "shardsOf"> & {
  readonly settings: { read(config: C): unknown };
};

/**
 * Returns the function that tells among which shards a ProviderConfig has tenants distributed.
 *
 * Every process has to tell the same, whenever it was started. So that what a ProviderConfig that is wrong or ignored
 * leaves in force is read from its status, and is nobody's memory.
 */
export function shardsInForce<C extends ServiceObject>({
  crds,
  settings,
  shardsOf,
}: Distribution<C>): (config: C) => readonly string[] {
  const problemsOf = problemsIn(crds);
  const isTaken = (config: C): boolean => {
    if (requestedOperation(config) === "ignore" || problemsOf(config).length > 0) {
      return false;
    }
    try {
      settings.read(config);
      return true;
    } catch (error) {
      if (error instanceof StalledError) {
        return false;
      }
      throw error;
    }
  };
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
