import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readTraceSettings, wantsTraces } from "./trace-settings.ts";

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };

describe("settings of traces", () => {
  it("traces are wanted when the environment names a collector and does not switch them off", () => {
    assert.equal(wantsTraces({}), false);
    assert.equal(wantsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: "  " }), false);
    assert.equal(wantsTraces(ENDPOINT), true);
    assert.equal(wantsTraces({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector:4318/v1/traces" }), true);
    assert.equal(wantsTraces({ ...ENDPOINT, OTEL_SDK_DISABLED: "True" }), false);
    assert.equal(wantsTraces({ ...ENDPOINT, OTEL_TRACES_EXPORTER: "none" }), false);
    assert.equal(wantsTraces({ ...ENDPOINT, OTEL_TRACES_EXPORTER: "otlp" }), true);
  });

  it("without further variables every trace is kept, and the SDK's defaults hold", () => {
    assert.deepEqual(readTraceSettings(ENDPOINT), {
      settings: { sampler: "parentbased_always_on", ratio: 1, batches: {} },
      problems: [],
    });
  });

  it("sampler, ratio and batches are read", () => {
    const env = {
      ...ENDPOINT,
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
      OTEL_BSP_MAX_QUEUE_SIZE: "100",
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "10",
      OTEL_BSP_SCHEDULE_DELAY: "50",
      OTEL_BSP_EXPORT_TIMEOUT: "900",
    };
    const batches = { maxQueueSize: 100, maxExportBatchSize: 10, scheduledDelayMillis: 50, exportTimeoutMillis: 900 };
    assert.deepEqual(readTraceSettings(env), {
      settings: { sampler: "traceidratio", ratio: 0.25, batches },
      problems: [],
    });
  });

  const wrong: readonly (readonly [string, string])[] = [
    ["OTEL_TRACES_SAMPLER", "sometimes"],
    ["OTEL_TRACES_SAMPLER_ARG", "1.5"],
    ["OTEL_TRACES_SAMPLER_ARG", "half"],
    ["OTEL_BSP_MAX_QUEUE_SIZE", "0"],
    ["OTEL_BSP_SCHEDULE_DELAY", "5s"],
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
  ];
  for (const [variable, value] of wrong) {
    it(`${variable}=${value} is named as a problem, and its default holds`, () => {
      const { settings, problems } = readTraceSettings({ ...ENDPOINT, [variable]: value });
      assert.deepEqual(settings, { sampler: "parentbased_always_on", ratio: 1, batches: {} });
      assert.equal(problems.length, 1);
      assert.equal(problems[0]?.startsWith(`${variable}: expected`), true);
    });
  }

  for (const endpoint of ["collector:4318", "grpc://user:Secret-1@collector", "http//x"]) {
    it(`nothing is sent to ${endpoint}, which is not quoted`, () => {
      const { settings, problems } = readTraceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
      assert.equal(settings, undefined);
      assert.equal(problems.length, 1);
      assert.equal(problems[0]?.includes(endpoint), false);
    });
  }
});
