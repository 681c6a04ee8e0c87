import type { CommandContext } from "../command/command.ts";
import type { Given } from "../command/given.ts";
import type { ProviderDefinition } from "../service/definition.ts";
import type { ServiceObject } from "../service/status.ts";
import type { Source } from "./input.ts";

/** What a comparison with the platform is asked for. */
export type DiffRequest = {
  readonly given: Given;
  readonly context: CommandContext;
  readonly sources: readonly Source[];
  readonly form: "text" | "json";
};

export async function renderDiff<T extends ServiceObject, C extends ServiceObject, S>(
  _definition: ProviderDefinition<T, C, S>,
  _request: DiffRequest,
): Promise<number> {
  return Promise.resolve(2);
}
