import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiServer } from "./apiserver/api-server.ts";
import { SimClient } from "./client.ts";
import { systemSimClock } from "./clock.ts";
import { serve, type Served } from "./http-server.ts";
import { httpTransport, type HttpTransport } from "./http-transport.ts";
import { kubeconfigFor } from "./kubeconfig.ts";
import { seededRandom } from "./apiserver/testing/test-server.ts";

const configMaps = { apiVersion: "v1", kind: "ConfigMap", namespace: "default" };

describe("serve", () => {
  const server = new ApiServer({ name: "http", clock: systemSimClock, random: seededRandom(1) });
  let served: Served;
  let transport: HttpTransport;
  let client: SimClient;

  before(async () => {
    server.start();
    served = await serve(server);
    transport = httpTransport({ ...served, token: server.adminToken });
    client = new SimClient(transport, { clock: systemSimClock });
  });

  after(async () => {
    transport.close();
    await served.close();
    server.stop();
  });

  it("answers over HTTPS what the API server answers in the process", async () => {
    await client.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" } });

    const listed = await client.list(configMaps);
    await client.delete({ ...configMaps, name: "a" });

    assert.deepEqual(
      listed.map(({ metadata }) => metadata.name),
      ["a"],
    );
  });

  it("streams a watch, and ends it when the client goes away", async () => {
    const stop = new AbortController();
    const seen: string[] = [];

    for await (const event of client.follow(configMaps, stop.signal)) {
      if (event.type === "restarted") {
        seen.push(`restarted ${String(event.objects.length)}`);
        await client.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b", namespace: "default" } });
      } else {
        seen.push(`${event.type} ${event.object.metadata.name}`);
        stop.abort();
      }
    }

    assert.deepEqual(seen, ["restarted 0", "applied b"]);
  });

  it("ends open watches when it closes", async () => {
    const second = await serve(server);
    const own = httpTransport({ ...second, token: server.adminToken });
    const response = await own({
      method: "GET",
      path: "/api/v1/secrets?watch=true",
      headers: {},
      signal: new AbortController().signal,
    });
    const reading = Array.fromAsync(response.body);

    await Promise.all([second.close(), second.close()]);

    assert.equal(response.status, 200);
    assert.equal((await reading).length, 0);
    own.close();
  });

  it("is described by a kubeconfig with everything inline", () => {
    const text = kubeconfigFor({ url: "https://127.0.0.1:1", caPem: "pem", token: "secret", name: "mcp" });

    assert.match(text, /server: "https:\/\/127\.0\.0\.1:1"/);
    assert.match(text, /certificate-authority-data: cGVt/);
    assert.match(text, /token: "secret"/);
    assert.match(text, /current-context: "mcp"/);
  });
});
