import type { Clock } from "../../kube/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { maskSecrets } from "../../runtime/mask-secrets.ts";
import { readTraceSettings, wantsTraces } from "../../runtime/trace-settings.ts";
import type { Tracer } from "../../runtime/tracing.ts";

/** Traces of this process. */
export type Tracing = {
  /** Undefined when the environment names no usable collector. */
  readonly tracer: Tracer | undefined;
  /** Logs what is wrong with the settings, and from now on when the collector begins or ceases to take spans. */
  readonly logTo: (log: Log) => void;
  /** Sends what still waits, for a short time. */
  readonly close: () => Promise<void>;
};

/** Who traces. */
export type TracingOptions = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly program: { readonly name: string; readonly version: string };
  readonly clock: Clock;
};

const FLUSH_SPANS_MS = 2000;

/** Begins to trace if the environment names a collector. Otherwise nothing of OpenTelemetry is loaded. */
export async function openTracing(options: TracingOptions): Promise<Tracing | undefined> {
  return wantsTraces(options.env) ? begin(options) : undefined;
}

async function begin({ env, program, clock }: TracingOptions): Promise<Tracing> {
  const { settings, problems } = readTraceSettings(env);
  const collector = new CollectorLog(problems);
  const logTo = (log: Log): void => collector.logTo(log);
  if (settings === undefined) {
    return { tracer: undefined, logTo, close: () => Promise.resolve() };
  }
  const { sendSpans } = await import("../../runtime/open-telemetry.ts");
  const attributes = attributesOf(env, program);
  const sender = sendSpans({ attributes, settings, onSent: (error) => collector.note(error) });
  const close = async (): Promise<void> => {
    const flushed = new AbortController();
    const sent = sender.close().catch(() => undefined);
    await Promise.race([sent, clock.sleep(FLUSH_SPANS_MS, flushed.signal)]);
    flushed.abort();
  };
  return { tracer: sender.tracer, logTo, close };
}

function attributesOf(
  env: TracingOptions["env"],
  { name, version }: TracingOptions["program"],
): Readonly<Record<string, string>> {
  const { POD_NAME: pod = "", POD_NAMESPACE: namespace = "" } = env;
  return {
    "service.name": name,
    "service.version": version,
    ...(pod !== "" && { "k8s.pod.name": pod, "service.instance.id": pod }),
    ...(namespace !== "" && { "k8s.namespace.name": namespace }),
  };
}

/** Logs when the collector begins to fail, and when it takes spans again. */
class CollectorLog {
  readonly #problems: readonly string[];
  #log: Log | undefined;
  #isFailing = false;

  constructor(problems: readonly string[]) {
    this.#problems = problems;
  }

  logTo(log: Log): void {
    this.#log = log;
    this.#problems.forEach((problem) => log.warn(problem));
  }

  note(error: Error | undefined): void {
    const isFailing = error !== undefined;
    if (isFailing && !this.#isFailing) {
      // Of the error, the message alone: it also carries the body of the collector's answer.
      this.#log?.warn({ cause: maskSecrets(error.message) }, "cannot send spans to the collector, dropping them");
    } else if (!isFailing && this.#isFailing) {
      this.#log?.info("the collector takes spans again");
    }
    this.#isFailing = isFailing;
  }
}
