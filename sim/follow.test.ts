import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SimClient } from "./client.ts";
import { WATCH_DELAY_MS } from "./apiserver/api-server.ts";
import { startTestServer } from "./apiserver/testing/test-server.ts";

const configMaps = { apiVersion: "v1", kind: "ConfigMap", namespace: "default" };

function configMap(name: string): { apiVersion: string; kind: string; metadata: { name: string; namespace: string } } {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } };
}

describe("SimClient.follow", () => {
  it("shows everything there is first, then each change", async () => {
    const { client, clock } = startTestServer();
    await client.create(configMap("a"));
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async (): Promise<void> => {
      for await (const event of client.follow(configMaps, stop.signal)) {
        seen.push(
          event.type === "restarted"
            ? `${event.type} ${String(event.objects.length)}`
            : `${event.type} ${event.object.metadata.name}`,
        );
      }
    })();

    await clock.advance(0);
    await client.create(configMap("b"));
    await client.delete({ ...configMaps, name: "a" });
    await clock.advance(WATCH_DELAY_MS);
    stop.abort();
    await clock.runUntil(following);

    assert.deepEqual(seen, ["restarted 1", "applied b", "deleted a"]);
  });

  it("starts again after a refusal and after the server has forgotten its place", async () => {
    const { server, clock, client: admin } = startTestServer();
    let failures = 2;
    const flaky = new SimClient(
      (request) => {
        if (request.path.includes("configmaps") && failures > 0) {
          failures -= 1;
          return Promise.reject(new Error("no connection"));
        }
        return server.handle(request);
      },
      { clock, token: server.adminToken },
    );
    const stop = new AbortController();
    const restarts: number[] = [];
    const following = (async (): Promise<void> => {
      for await (const event of flaky.follow(configMaps, stop.signal)) {
        if (event.type === "restarted") {
          restarts.push(event.objects.length);
        }
      }
    })();

    await clock.runUntil(() => restarts.length === 1);
    await clock.advance(299_900);
    await clock.advance(200);
    await admin.create(configMap("a"));
    await admin.create(configMap("b"));
    server.compact();
    await clock.runUntil(() => restarts.length === 2);
    stop.abort();
    await clock.runUntil(following);

    assert.deepEqual(restarts, [0, 2]);
  });
});
