import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestServer } from "../../testing/test-server.ts";
import { textAt } from "../../../value-at.ts";

describe("events", () => {
  it("written to one of their two APIs are read from both", async () => {
    const { client } = startTestServer();
    const metadata = { name: "e", namespace: "default" };

    await client.create({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata,
      eventTime: "2026-01-01T00:00:00.000000Z",
      reportingController: "us",
      reportingInstance: "us-0",
      action: "Reconcile",
      reason: "Done",
      regarding: { kind: "Secret", name: "s", namespace: "default" },
      note: "well done",
      type: "Normal",
    });
    const core = await client.get({ apiVersion: "v1", kind: "Event", ...metadata });
    const modern = await client.get({ apiVersion: "events.k8s.io/v1", kind: "Event", ...metadata });
    const selected = await client.list(
      { apiVersion: "v1", kind: "Event", namespace: "default" },
      { fieldSelector: "involvedObject.name=s,reason=Done" },
    );

    assert.equal(textAt(core, "message"), "well done");
    assert.equal(textAt(core, "involvedObject", "kind"), "Secret");
    assert.equal(textAt(core, "reportingComponent"), "us");
    assert.equal(textAt(modern, "note"), "well done");
    assert.equal(textAt(modern, "regarding", "name"), "s");
    assert.equal(selected.length, 1);
  });
});
