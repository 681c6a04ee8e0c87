import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ApiServer } from "../../sim/apiserver/api-server.ts";
import { createCertificate } from "../../sim/certificate.ts";
import { systemSimClock } from "../../sim/clock.ts";
import { httpTransport } from "../../sim/http-transport.ts";
import type { SimResponse } from "../../sim/transport.ts";
import { openFront } from "./front.ts";
import { seededRandom } from "./seeded-random.ts";

describe("the front of an embedded API server", () => {
  it("logs what is asked, with who asks and what the answer is", async (context) => {
    const { front, ask } = await open(context);

    await ask("/api/v1/namespaces?limit=1");
    await ask("/api/v1/namespaces/nowhere");

    assert.deepEqual(
      front.requests.map(({ verb, path, userAgent, code }) => [verb, path, userAgent, code]),
      [
        ["list", "/api/v1/namespaces?limit=1", "me/1", 200],
        ["get", "/api/v1/namespaces/nowhere", "me/1", 404],
      ],
    );
  });

  it("refuses connections after a crash, and has everything back when it is revived", async (context) => {
    const { front, ask } = await open(context);

    await front.crash();
    await assert.rejects(ask("/version"));
    await front.revive();

    assert.equal((await ask("/api/v1/namespaces/default")).status, 200);
    assert.equal(front.requests.length, 1);
  });
});

async function open(context: { after(end: () => Promise<void>): void }): Promise<{
  readonly front: Awaited<ReturnType<typeof openFront>>;
  readonly ask: (path: string) => Promise<SimResponse>;
}> {
  const api = new ApiServer({ name: "test", clock: systemSimClock, random: seededRandom(1) });
  const certificate = await createCertificate();
  const front = await openFront(api, certificate);
  const transport = httpTransport({ url: front.url, caPem: certificate.caPem, token: api.adminToken });
  context.after(async () => {
    transport.close();
    await front.close();
  });
  const headers = { "user-agent": "me/1" };
  return { front, ask: (path) => transport({ method: "GET", path, headers, signal: new AbortController().signal }) };
}
