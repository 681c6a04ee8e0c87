import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { ApiServer } from "../../../sim/apiserver/api-server.ts";
import { createCertificate } from "../../../sim/certificate.ts";
import { SimClient } from "../../../sim/client.ts";
import { systemSimClock } from "../../../sim/clock.ts";
import { serve, type Served } from "../../../sim/http-server.ts";
import { httpTransport, type HttpTransport } from "../../../sim/http-transport.ts";
import { seededRandom } from "../../../sim/apiserver/testing/test-server.ts";
import { networkError } from "../components.ts";
import type { Answer, Exchange } from "../exchange.ts";
import { InterposedServer } from "./interposed-server.ts";

const configMaps = { apiVersion: "v1", kind: "ConfigMap", namespace: "default" };
const named = (name: string): Parameters<SimClient["create"]>[0] => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
});

type Pass = (request: Exchange["request"], deliver: (request: Exchange["request"]) => Answer) => Answer;
const straightOn: Pass = (request, deliver) => deliver(request);

describe("InterposedServer", () => {
  const api = new ApiServer({ name: "upstream", clock: systemSimClock, random: seededRandom(1) });
  let upstream: Served;
  let interposed: InterposedServer;
  let transport: HttpTransport | undefined;
  let client: SimClient;
  let pod: string | undefined;
  const requests: string[] = [];
  let pass: Pass = straightOn;

  before(async () => {
    api.start();
    upstream = await serve(api);
    interposed = await InterposedServer.start(
      { server: upstream.url, caPem: upstream.caPem },
      {
        foreign: await createCertificate(),
        podAt: () => pod,
        pass: (from, request, deliver) => {
          requests.push(`${from} ${request.method} ${request.path.split("?")[0] ?? ""}`);
          return pass(request, deliver);
        },
      },
    );
  });

  /** Connects anew: who somebody is, is known when a connection is opened. */
  function connectAs(name: string | undefined): void {
    pod = name;
    transport?.close();
    const { server: url, caPem = "" } = interposed.address;
    transport = httpTransport({ url, caPem, token: api.adminToken });
    client = new SimClient(transport, { clock: systemSimClock });
  }

  after(async () => {
    transport?.close();
    await interposed.close();
    await upstream.close();
    api.stop();
  });

  it("serves everybody but pods straight on", async () => {
    connectAs(undefined);

    await client.create(named("straight"));

    assert.deepEqual(requests, []);
    assert.equal(api.peek("configmaps", "default/straight")?.metadata.name, "straight");
  });

  it("has what pods send go through what lies between", async () => {
    connectAs("pod-1");

    await client.create(named("through"));

    assert.ok(requests.includes("pod-1 POST /api/v1/namespaces/default/configmaps"));
    assert.equal(api.peek("configmaps", "default/through")?.metadata.name, "through");
  });

  it("breaks the connection where what lies between fails", async () => {
    connectAs("pod-1");
    pass = () => Promise.reject(networkError("ECONNRESET"));

    await assert.rejects(client.get({ ...configMaps, name: "through" }), { code: "ECONNRESET" });
    pass = straightOn;
  });

  it("is not trusted while it shows a foreign certificate", async () => {
    connectAs("pod-1");
    interposed.showForeignCertificate();

    try {
      await assert.rejects(client.get({ ...configMaps, name: "through" }), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    } finally {
      interposed.showOwnCertificate();
    }

    assert.equal((await client.get({ ...configMaps, name: "through" })).metadata.name, "through");
  });

  it("hands events of watches on one by one", async () => {
    connectAs("pod-1");
    const stop = new AbortController();
    const chunks: string[] = [];
    pass = async (request, deliver) => {
      const response = await deliver(request);
      const isWatch = request.path.includes("watch=true");
      return isWatch ? { ...response, body: noted(response.body, chunks) } : response;
    };

    for await (const event of client.follow(configMaps, stop.signal)) {
      if (event.type === "restarted") {
        await Promise.all([client.create(named("a")), client.create(named("b"))]);
      } else if (event.type === "applied" && chunks.length === 2) {
        stop.abort();
      }
    }

    assert.deepEqual(
      chunks.map((chunk) => (JSON.parse(chunk) as { readonly type: string }).type),
      ["ADDED", "ADDED"],
    );
  });
});

async function* noted(body: AsyncIterable<Uint8Array>, chunks: string[]): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    chunks.push(Buffer.from(chunk).toString("utf8"));
    yield chunk;
  }
}
