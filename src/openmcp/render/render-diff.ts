import { toJson } from "../../kube/json.ts";
import { maskSecrets } from "../../runtime/mask-secrets.ts";
import type { CommandContext } from "../command/command.ts";
import { describeError } from "../command/describe-error.ts";
import type { Given } from "../command/given.ts";
import { openReader } from "../command/reader.ts";
import { UsageError } from "../command/usage-error.ts";
import type { ProviderDefinition } from "../service/definition.ts";
import type { ServiceObject } from "../service/status.ts";
import { compareLive } from "./compare-live.ts";
import { ComparisonCollector } from "./comparison.ts";
import { describeComparison, describeConfig } from "./comparison-text.ts";
import type { Source } from "./input.ts";

/** What a comparison with the platform is asked for. */
export type DiffRequest = {
  readonly given: Given;
  readonly context: CommandContext;
  readonly readSources: () => Promise<readonly Source[]>;
  readonly form: "text" | "json";
};

const EQUAL = 0;
const DIFFERENT = 1;
const TROUBLE = 2;

/** Prints what the objects of the files would change on the platform. The exit code is that of `diff`. */
export async function renderDiff<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  request: DiffRequest,
): Promise<number> {
  const { context, given } = request;
  try {
    const sources = await request.readSources();
    const reader = await openReader(given, context);
    try {
      const [onboarding, providerName] = await Promise.all([reader.onboarding(), reader.providerName()]);
      const live = await compareLive(definition, { ...reader, onboarding, providerName }, sources);
      const collector = new ComparisonCollector(definition.rehearsal ?? {});
      for await (const tenant of live.tenants) {
        collector.add(tenant);
      }
      const { result } = collector;
      await print(request, { ...live, result });
      return live.isRefused ? TROUBLE : result.groups.length === 0 ? EQUAL : DIFFERENT;
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (error instanceof UsageError) {
      throw error;
    }
    // To a script, 1 says that there are changes.
    context.printError(`${context.program.name}: ${maskSecrets(describeError(error))}\n`);
    return TROUBLE;
  }
}

type Compared = Pick<Awaited<ReturnType<typeof compareLive>>, "config" | "isInert" | "total"> & {
  readonly result: ComparisonCollector["result"];
};

async function print({ context, form }: DiffRequest, { config, isInert, total, result }: Compared): Promise<void> {
  if (form === "json") {
    await context.write(`${toJson({ schema: "render.diff/v1", config, ...result, tenants: total })}\n`);
    return;
  }
  await context.write(describeConfig(config));
  if (isInert) {
    await context.write(`nothing changes for ${total.toLocaleString("en-US")} tenants\n`);
    return;
  }
  for (const part of describeComparison(result)) {
    await context.write(part);
  }
}
