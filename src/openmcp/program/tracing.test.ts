import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { type Collector, startCollector } from "../../../test/support/collector.ts";
import { ManualClock } from "../../kube/testing/manual-clock.ts";
import { createLogger } from "../../runtime/log.ts";
import { openTracing, type Tracing } from "./tracing.ts";

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const program = { name: "provider", version: "1.0" };
const request = { method: "GET", path: "/version", host: "platform" } as const;

describe("openTracing", () => {
  let collector: Collector;
  let clock: ManualClock;
  beforeEach(async () => {
    collector = await startCollector();
    clock = new ManualClock();
    process.env[ENDPOINT] = collector.endpoint;
  });
  afterEach(() => collector.stop());

  async function open(env: Readonly<Record<string, string>> = {}): Promise<Tracing> {
    const tracing = await openTracing({ env: { [ENDPOINT]: collector.endpoint, ...env }, program, clock });
    return tracing ?? assert.fail("expected traces");
  }

  it("traces nothing when the environment names no collector", async () => {
    assert.equal(await openTracing({ env: {}, program, clock }), undefined);
  });

  it("names what is wrong with the settings once, and runs all the same", async () => {
    const { tracer, logTo, close } = await open({ [ENDPOINT]: "collector:4317" });
    const { levels, log } = recordLevels();

    logTo(log);
    await close();

    assert.equal(tracer, undefined);
    assert.deepEqual(levels, ["warn"]);
  });

  it("says who has sent the spans", async () => {
    const { tracer, close } = await open({ POD_NAME: "sp-ocm-1", POD_NAMESPACE: "openmcp-system" });
    tracer?.exchange(request)({ status: 200 });
    await close();

    const [resource = {}] = collector.resources();
    const names = ["service.name", "service.version", "k8s.pod.name", "k8s.namespace.name"];
    assert.deepEqual(
      names.map((name) => resource[name]),
      ["provider", "1.0", "sp-ocm-1", "openmcp-system"],
    );
  });

  it("gives a collector that keeps silent two seconds at the end", async () => {
    collector.mood = "keeps silent";
    const { tracer, close } = await open();
    tracer?.exchange(request)({ status: 200 });
    let isClosed = false;
    const closing = close().then(() => {
      isClosed = true;
    });

    await clock.advance(1999);
    const before = isClosed;
    await clock.advance(1);
    await closing;

    assert.equal(before, false);
  });

  it("logs when the collector begins to refuse spans, and when it takes them again", async () => {
    collector.mood = "refuses";
    const { tracer, logTo, close } = await open({ OTEL_BSP_SCHEDULE_DELAY: "5" });
    const { levels, log } = recordLevels();
    logTo(log);
    const send = async (count: number): Promise<void> => {
      const earlier = collector.requests().length;
      tracer?.exchange(request)({ status: 200 });
      await collector.await(() => collector.requests().length > earlier, "got a request");
      await collector.await(() => levels.length === count, "caused a line");
    };

    await send(1);
    await send(1);
    collector.mood = "takes";
    await send(2);
    await send(2);
    await close();

    assert.deepEqual(levels, ["warn", "info"]);
  });
});

function recordLevels() {
  const levels: string[] = [];
  const stream = { write: (line: string) => void levels.push((JSON.parse(line) as { level: string }).level) };
  return { levels, log: createLogger({ level: "info", pretty: false, stream }) };
}
