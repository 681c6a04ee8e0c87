import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SimClient } from "./client.ts";
import { VirtualClock } from "./clock.ts";

/** A server of which only some discovery documents exist. */
function serverWith(documents: Readonly<Record<string, unknown>>): SimClient {
  const clock = new VirtualClock();
  return new SimClient(
    async ({ path }) => {
      const document = documents[path];
      const body = JSON.stringify(document ?? { kind: "Status", code: 404, reason: "NotFound", message: "not found" });
      return {
        status: document === undefined ? 404 : 200,
        headers: {},
        body: (async function* () {
          yield new TextEncoder().encode(body);
        })(),
      };
    },
    { clock },
  );
}

describe("SimClient.serves", () => {
  const thing = { apiVersion: "example.com/v1", kind: "Thing" };

  it("is true for a kind that discovery knows", async () => {
    const client = serverWith({ "/apis/example.com/v1": { resources: [{ name: "things", kind: "Thing" }] } });

    assert.equal(await client.serves(thing), true);
  });

  it("is false as long as discovery knows the group without the kind, or not even the group", async () => {
    assert.equal(await serverWith({ "/apis/example.com/v1": { resources: [] } }).serves(thing), false);
    assert.equal(await serverWith({}).serves(thing), false);
  });

  it("is false again once discovery has forgotten the kind", async () => {
    const documents: Record<string, unknown> = {
      "/apis/example.com/v1": { resources: [{ name: "things", kind: "Thing" }] },
    };
    const client = serverWith(documents);
    await client.serves(thing);

    documents["/apis/example.com/v1"] = { resources: [] };

    assert.equal(await client.serves(thing), false);
  });
});
