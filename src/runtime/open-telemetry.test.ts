import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { type Collector, startCollector } from "../../test/support/collector.ts";
import { sendSpans, type SpanSender } from "./open-telemetry.ts";
import type { TraceSettings } from "./trace-settings.ts";

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const settings: TraceSettings = { sampler: "parentbased_always_on", ratio: 1, batches: {} };
const pass = { controller: "ocm", key: "project/one", attempt: 1, causes: ["OCM"] };
const request = { method: "GET", path: "/api/v1/namespaces/a/secrets/b", host: "platform" } as const;

describe("sendSpans", () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await startCollector();
    process.env[ENDPOINT] = collector.endpoint;
  });
  afterEach(() => collector.stop());

  it("makes a request a child of the pass that has sent it, however many run", async () => {
    const { tracer, close } = start();
    const passes = ["a/one", "a/two", "a/three"].map((key) =>
      tracer.pass({ ...pass, key }, async () => {
        await Promise.resolve();
        const end = tracer.exchange({ ...request, path: `/api/v1/namespaces/${key.replace("/", "/secrets/")}` });
        await Promise.resolve();
        end({ status: 200 });
        return "success";
      }),
    );
    await Promise.all(passes);
    await close();

    const spans = collector.spans();
    const pairs = spans.flatMap(({ parentSpanId, traceId, attributes }) => {
      const parent = spans.find(({ spanId }) => spanId === parentSpanId);
      return parent === undefined || parent.traceId !== traceId
        ? []
        : [`${String(parent.attributes["k8s.object.name"])} ${String(attributes["k8s.object.name"])}`];
    });
    assert.deepEqual(pairs.toSorted(), ["one one", "three three", "two two"]);
  });

  it("makes a request nobody's child after its pass, and outside of passes", async () => {
    const { tracer, close } = start();
    const watch = Promise.withResolvers<void>();
    let watching: Promise<void> | undefined;
    await tracer.pass(pass, () => {
      watching = watch.promise.then(() => tracer.exchange(request)({ status: 200 }));
      return Promise.resolve("success");
    });
    watch.resolve();
    await watching;
    tracer.exchange(request)({ status: 200 });
    await close();

    const requests = collector.spans().filter(({ kind }) => kind === "client");
    assert.deepEqual(
      requests.map(({ parentSpanId }) => parentSpanId),
      ["", ""],
    );
    assert.equal(new Set(collector.spans().map(({ traceId }) => traceId)).size, 3);
  });

  it("says why a request has failed, without secrets", async () => {
    const { tracer, close } = start();
    tracer.exchange(request)({ error: new TypeError("proxy http://user:s3cret-word@proxy.example:3128 refused") });
    tracer.exchange({ ...request, path: "/version" })({ status: 503 });
    await close();

    const spans = collector.spans();
    assert.deepEqual(
      spans.map(({ name, isError, attributes }) => [name, isError, attributes["error.type"]]),
      [
        ["GET secrets", true, "TypeError"],
        ["GET /version", true, "503"],
      ],
    );
    const [message] = spans.map((span) => span.message);
    assert.match(message ?? "", /refused/u);
    assert.doesNotMatch(message ?? "", /s3cret/u);
  });

  it("says of a pass the error rather than what tenants read, and what they read without an error", async () => {
    const { tracer, close } = start();
    const state = { phase: "Progressing", reason: "StepFailed", message: "a step has failed", isFailing: true };
    await tracer.pass(pass, () => {
      tracer.failed(new Error("403: forbidden"));
      tracer.concluded(state);
      return Promise.resolve("error");
    });
    await tracer.pass(pass, () => {
      tracer.concluded(state);
      return Promise.resolve("requeue_after");
    });
    await tracer.pass(pass, () => Promise.resolve("error"));
    await tracer.pass(pass, () => Promise.resolve("success"));
    await close();

    const spans = collector.spans();
    assert.deepEqual(
      spans.map(({ isError, message, attributes }) => [isError, message, attributes["reconcile.result"]]),
      [
        [true, "403: forbidden", "error"],
        [true, "a step has failed", "requeue_after"],
        [true, "", "error"],
        [false, "", "success"],
      ],
    );
  });

  it("ends the span of a pass that throws", async () => {
    const { tracer, close } = start();
    await assert.rejects(tracer.pass(pass, () => Promise.reject(new Error("stop"))));
    await close();

    assert.equal(collector.spans().length, 1);
  });

  for (const [sampler, ratio, expected] of [
    ["always_on", 0, 2],
    ["always_off", 1, 0],
    ["traceidratio", 0, 0],
    ["traceidratio", 1, 2],
    ["parentbased_always_on", 0, 2],
    ["parentbased_always_off", 1, 0],
    ["parentbased_traceidratio", 0, 0],
    ["parentbased_traceidratio", 1, 2],
  ] as const) {
    it(`sends ${expected} of two spans with the sampler ${sampler} and the ratio ${ratio}`, async () => {
      const { tracer, close } = start({ sampler, ratio });
      await tracer.pass(pass, () => {
        tracer.exchange(request)({ status: 200 });
        return Promise.resolve("success");
      });
      await close();

      assert.equal(collector.spans().length, expected);
    });
  }
});

function start(changes: Partial<TraceSettings> = {}): SpanSender {
  return sendSpans({ attributes: {}, settings: { ...settings, ...changes }, onSent: () => undefined });
}
