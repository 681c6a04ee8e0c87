import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

import { waitUntil } from "../../ground/wait-until.ts";

/** A value of an attribute in OTLP/JSON. */
type Value = {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly arrayValue?: { readonly values?: readonly Value[] };
};
type Attribute = { readonly key: string; readonly value: Value };
type WireSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes?: readonly Attribute[];
  readonly status?: { readonly code?: number; readonly message?: string };
};
type WireTraces = {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly Attribute[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly WireSpan[] }[];
  }[];
};

/** A span as a collector has received it. */
export type CollectedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: "internal" | "client";
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
  readonly message: string;
};

/** What a collector does with the spans that are sent to it. */
export type CollectorMood = "takes" | "refuses" | "keeps silent";

/** A collector of OpenTelemetry that takes OTLP/JSON over HTTP. */
export type Collector = {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  readonly spans: () => readonly CollectedSpan[];
  /** Attributes of the processes that have sent spans. */
  readonly resources: () => readonly Readonly<Record<string, unknown>>[];
  /** Headers and bodies of all requests, as they came. */
  readonly requests: () => readonly { readonly headers: IncomingHttpHeaders; readonly text: string }[];
  mood: CollectorMood;
  /** Waits until the spans are as `isMet` wants them. */
  readonly await: (isMet: (spans: readonly CollectedSpan[]) => boolean, what: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts a collector on loopback. */
export async function startCollector(): Promise<Collector> {
  const requests: { readonly headers: IncomingHttpHeaders; readonly text: string }[] = [];
  const taken: WireTraces[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const bytes = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      const text = bytes.toString("utf8");
      requests.push({ headers: request.headers, text });
      if (collector.mood === "keeps silent") {
        return;
      }
      if (collector.mood === "refuses" || request.url !== "/v1/traces") {
        response.writeHead(400).end("{}");
        return;
      }
      taken.push(JSON.parse(text) as WireTraces);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  const collector: Collector = {
    endpoint: `http://127.0.0.1:${await portOf(server)}`,
    spans: () => taken.flatMap(spansOf),
    resources: () =>
      taken.flatMap(({ resourceSpans = [] }) => resourceSpans.map(({ resource }) => read(resource?.attributes))),
    requests: () => requests,
    mood: "takes",
    await: (isMet, what) =>
      waitUntil(async () => isMet(collector.spans()), { what: `a collector has ${what}`, withinMs: 60_000 }),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return collector;
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("expected the address of a TCP server");
  }
  return address.port;
}

function spansOf({ resourceSpans = [] }: WireTraces): readonly CollectedSpan[] {
  const spans = resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap((scope) => scope.spans ?? []));
  return spans.map(({ traceId, spanId, parentSpanId = "", name, kind, attributes, status = {} }) => ({
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: kind === 3 ? "client" : "internal",
    attributes: read(attributes),
    isError: status.code === 2,
    message: status.message ?? "",
  }));
}

function read(attributes: readonly Attribute[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, toPlain(value)]));
}

function toPlain({ stringValue, intValue, arrayValue }: Value): unknown {
  return stringValue ?? (intValue === undefined ? (arrayValue?.values ?? []).map(toPlain) : Number(intValue));
}
