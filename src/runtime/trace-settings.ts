/** What OpenTelemetry's specification defines in the environment, and its SDK leaves to the caller. */
export type TraceSettings = {
  readonly sampler: SamplerName;
  /** Share of the traces that a sampler by ratio keeps. */
  readonly ratio: number;
  readonly batches: BatchSettings;
};

/** How spans wait for the collector. What is left out is the default of the SDK. */
export type BatchSettings = {
  /** How many spans wait at most; further ones are dropped. */
  readonly maxQueueSize?: number;
  readonly maxExportBatchSize?: number;
  readonly scheduledDelayMillis?: number;
  readonly exportTimeoutMillis?: number;
};

/** A sampler as `OTEL_TRACES_SAMPLER` names it. */
export type SamplerName = (typeof SAMPLERS)[number];

type Environment = Readonly<Record<string, string | undefined>>;

const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
const DEFAULT_SAMPLER = "parentbased_always_on";
const ENDPOINTS = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"] as const;
const PROTOCOLS = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"] as const;
const BATCHES = {
  maxQueueSize: "OTEL_BSP_MAX_QUEUE_SIZE",
  maxExportBatchSize: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
  scheduledDelayMillis: "OTEL_BSP_SCHEDULE_DELAY",
  exportTimeoutMillis: "OTEL_BSP_EXPORT_TIMEOUT",
} as const;

/** Whether the environment asks for traces: it names a collector, and does not switch traces off. */
export function wantsTraces(env: Environment): boolean {
  const isOff =
    env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true" || env["OTEL_TRACES_EXPORTER"]?.trim() === "none";
  return !isOff && firstOf(env, ENDPOINTS) !== undefined;
}

/**
 * Reads the settings, and says what is wrong with them, a sentence each. Undefined `settings`: there is no endpoint to
 * send to.
 *
 * No sentence quotes an endpoint, which may contain a password.
 */
export function readTraceSettings(env: Environment): {
  readonly settings: TraceSettings | undefined;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const endpoint = firstOf(env, ENDPOINTS);
  if (endpoint !== undefined && !isHttpUrl(env[endpoint])) {
    const message = `${endpoint}: expected a URL that begins with http:// or https://, found another text; no spans are sent`;
    return { settings: undefined, problems: [message] };
  }
  const protocol = firstOf(env, PROTOCOLS);
  if (protocol !== undefined && env[protocol]?.trim() === "grpc") {
    problems.push(
      `${protocol}: expected http/json or http/protobuf, found "grpc"; spans are sent as http/json, so name the collector's port for HTTP`,
    );
  }
  const sampler = readSampler(env, problems);
  return { settings: { sampler, ratio: readRatio(env, problems), batches: readBatches(env, problems) }, problems };
}

function readSampler(env: Environment, problems: string[]): SamplerName {
  const name = env["OTEL_TRACES_SAMPLER"]?.trim() ?? "";
  const found = SAMPLERS.find((known) => known === name);
  if (found === undefined && name !== "") {
    problems.push(
      `OTEL_TRACES_SAMPLER: expected one of ${SAMPLERS.join(", ")}, found "${name}"; taking ${DEFAULT_SAMPLER}`,
    );
  }
  return found ?? DEFAULT_SAMPLER;
}

function readRatio(env: Environment, problems: string[]): number {
  const text = env["OTEL_TRACES_SAMPLER_ARG"]?.trim() ?? "";
  const ratio = text === "" ? 1 : Number(text);
  if (ratio >= 0 && ratio <= 1) {
    return ratio;
  }
  problems.push(`OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1, found "${text}"; taking 1`);
  return 1;
}

function readBatches(env: Environment, problems: string[]): BatchSettings {
  const given = Object.entries(BATCHES).flatMap(([setting, variable]) => {
    const text = env[variable]?.trim() ?? "";
    const value = Number(text);
    if (text === "" || (Number.isInteger(value) && value > 0)) {
      return text === "" ? [] : [[setting, value] as const];
    }
    problems.push(`${variable}: expected a whole number above 0, found "${text}"; taking the default`);
    return [];
  });
  return Object.fromEntries(given);
}

/** The first of the variables that is set to more than spaces. */
function firstOf<T extends string>(env: Environment, variables: readonly T[]): T | undefined {
  return variables.find((variable) => (env[variable] ?? "").trim() !== "");
}

function isHttpUrl(text = ""): boolean {
  const url = URL.parse(text.trim());
  return url?.protocol === "http:" || url?.protocol === "https:";
}
