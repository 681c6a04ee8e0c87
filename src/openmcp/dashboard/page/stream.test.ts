import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readServerEvents, type ServerEvent } from "./stream.ts";

async function eventsOf(...chunks: readonly (string | Uint8Array)[]): Promise<readonly ServerEvent[]> {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      chunks.forEach((chunk) => controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk));
      controller.close();
    },
  });
  const events: ServerEvent[] = [];
  for await (const event of readServerEvents(body)) {
    events.push(event);
  }
  return events;
}

describe("readServerEvents", () => {
  it("reads events however they are cut", async () => {
    const text = "event: rows\ndata: ä\n\n: still here\n\nevent: cluster\ndata: b\n\n";
    const expected = [
      { event: "rows", data: "ä" },
      { event: "cluster", data: "b" },
    ];
    const bytes = new TextEncoder().encode(text);

    assert.deepEqual(await eventsOf(text), expected);
    assert.deepEqual(await eventsOf(...Array.from(bytes, (byte) => Uint8Array.of(byte))), expected);
  });

  it("leaves out an event that the end has cut off", async () => {
    assert.deepEqual(await eventsOf("event: rows\ndata: a"), []);
  });
});
