import { AsyncLocalStorage } from "node:async_hooks";

import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer as SpanTracer,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";

import type { ExchangeEnd, ExchangeStart } from "../kube/exchange.ts";
import { readRequestPath } from "../kube/request-info.ts";
import { maskSecrets } from "./mask-secrets.ts";
import type { TraceSettings } from "./trace-settings.ts";
import type { PassDescription, PassResult, Tracer } from "./tracing.ts";

/** What spans are sent with. Endpoint, headers, timeout and certificates are read from the environment by the SDK. */
export type SpanSenderOptions = {
  /** Attributes of the process, unless the environment has others. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly settings: TraceSettings;
  /** Told of the result of each attempt to send: undefined is a success. */
  readonly onSent: (error: Error | undefined) => void;
};

/** Sends the spans of a tracer to a collector. */
export type SpanSender = {
  readonly tracer: Tracer;
  /** Sends what still waits. */
  readonly close: () => Promise<void>;
};

const SCOPE = "service-provider";

/** Starts to send spans. Nothing waits for the collector: what does not fit into the queue of spans is dropped. */
export function sendSpans({ attributes, settings, onSent }: SpanSenderOptions): SpanSender {
  const resource = defaultResource()
    .merge(resourceFromAttributes(attributes))
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));
  const exporter = observed(new OTLPTraceExporter(), onSent);
  const provider = new TracerProvider({
    resource,
    sampler: makeSampler(settings),
    spanProcessors: [new BatchSpanProcessor({ ...settings.batches, exporter })],
  });
  return { tracer: traceWith(provider.getTracer(SCOPE)), close: () => provider.shutdown() };
}

function observed(exporter: SpanExporter, onSent: SpanSenderOptions["onSent"]): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        onSent(result.error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

function makeSampler({ sampler, ratio }: TraceSettings): Sampler {
  const roots = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  switch (sampler) {
    case "parentbased_always_on":
      return new ParentBasedSampler({ root: roots.always_on() });
    case "parentbased_always_off":
      return new ParentBasedSampler({ root: roots.always_off() });
    case "parentbased_traceidratio":
      return new ParentBasedSampler({ root: roots.traceidratio() });
    default:
      return roots[sampler]();
  }
}

/** A pass that is running, or has been: what it has started may go on after its end. */
type TracedPass = { readonly span: Span; readonly context: Context; isFailing: boolean; isOver: boolean };

/** Makes spans of passes and requests. */
function traceWith(spans: SpanTracer): Tracer {
  const passes = new AsyncLocalStorage<TracedPass>();
  const running = (): TracedPass | undefined => {
    const pass = passes.getStore();
    return pass?.isOver === false ? pass : undefined;
  };
  return {
    pass: (description, work) => {
      const options = { kind: SpanKind.INTERNAL, attributes: attributesOfPass(description) };
      const span = spans.startSpan(`reconcile ${description.controller}`, options, ROOT_CONTEXT);
      const pass: TracedPass = { span, context: trace.setSpan(ROOT_CONTEXT, span), isFailing: false, isOver: false };
      return passes.run(pass, () => endWith(pass, work));
    },
    failed: (error) => {
      const pass = running();
      if (pass !== undefined) {
        pass.isFailing = true;
        recordError(pass.span, error);
      }
    },
    concluded: ({ phase, reason, message, isFailing }) => {
      const pass = running();
      pass?.span.setAttributes({ "reconcile.phase": phase, "reconcile.reason": reason });
      // An error says more than what tenants read.
      if (pass?.isFailing === false && isFailing) {
        pass.isFailing = true;
        pass.span.setStatus({ code: SpanStatusCode.ERROR, message: maskSecrets(message) });
      }
    },
    exchange: (start) => {
      const attributes = attributesOfRequest(start);
      const name = nameOfRequest(start);
      // A request that goes on after its pass, as a watch does, is nobody's child.
      const span = spans.startSpan(name, { kind: SpanKind.CLIENT, attributes }, running()?.context ?? ROOT_CONTEXT);
      return (end) => endRequest(span, end);
    },
  };
}

async function endWith(pass: TracedPass, work: () => Promise<PassResult>): Promise<PassResult> {
  try {
    const result = await work();
    pass.span.setAttribute("reconcile.result", result);
    if (result === "error" && !pass.isFailing) {
      pass.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    return result;
  } finally {
    pass.isOver = true;
    pass.span.end();
  }
}

function attributesOfPass({ controller, key, attempt, causes }: PassDescription): Attributes {
  const [namespace, name] = key.includes("/") ? key.split("/") : [undefined, key];
  return {
    "reconcile.controller": controller,
    "reconcile.key": key,
    "reconcile.attempt": attempt,
    "reconcile.causes": [...causes],
    ...(namespace !== undefined && { "k8s.namespace.name": namespace }),
    "k8s.object.name": name,
  };
}

function attributesOfRequest({ method, path, host }: ExchangeStart): Attributes {
  const info = readRequestPath(path);
  return {
    "http.request.method": method,
    "k8s.cluster.name": host,
    ...(info === undefined ? { "url.path": path } : { "k8s.resource": info.resource }),
    ...(info?.namespace !== undefined && { "k8s.namespace.name": info.namespace }),
    ...(info?.name !== undefined && { "k8s.object.name": info.name }),
    ...(info?.subresource !== undefined && { "k8s.subresource": info.subresource }),
  };
}

function nameOfRequest({ method, path }: ExchangeStart): string {
  const { resource = path, subresource } = readRequestPath(path) ?? {};
  return `${method} ${resource}${subresource === undefined ? "" : `/${subresource}`}`;
}

function endRequest(span: Span, end: ExchangeEnd): void {
  if ("error" in end) {
    recordError(span, end.error);
  } else {
    span.setAttribute("http.response.status_code", end.status);
    if (end.status >= 400) {
      span.setAttribute("error.type", String(end.status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
  }
  span.end();
}

/** The message alone: a stack, and what an error carries beside, may say more than a trace should. */
function recordError(span: Span, error: Error): void {
  const message = maskSecrets(error.message);
  span.setAttribute("error.type", error.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
