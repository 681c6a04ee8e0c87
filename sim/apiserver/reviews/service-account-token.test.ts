import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { textAt, valueAt } from "../../value-at.ts";

const path = "/api/v1/namespaces/default/serviceaccounts/robot";

async function requestToken(test: TestServer, expirationSeconds: number): Promise<string> {
  const { body } = await test.send("POST", `${path}/token`, { body: { spec: { expirationSeconds } } });
  return textAt(body, "status", "token");
}

async function statusWith(test: TestServer, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await test.send("GET", "/apis", { headers })).status;
}

async function startWithAccount(): Promise<TestServer> {
  const test = startTestServer();
  await test.client.create({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "robot", namespace: "default" },
  });
  return test;
}

describe("tokens of service accounts", () => {
  it("stand for the account and its groups", async () => {
    const test = await startWithAccount();
    const token = await requestToken(test, 600);

    const { body } = await test.send("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {
      body: { spec: { token } },
    });

    assert.equal(textAt(body, "status", "user", "username"), "system:serviceaccount:default:robot");
    assert.deepEqual(valueAt(body, "status", "user", "groups"), [
      "system:serviceaccounts",
      "system:serviceaccounts:default",
      "system:authenticated",
    ]);
  });

  it("are good until they expire", async () => {
    const test = await startWithAccount();
    const token = await requestToken(test, 600);

    await test.clock.advance(599_000);
    const before = await statusWith(test, token);
    await test.clock.advance(1000);

    assert.deepEqual([before, await statusWith(test, token)], [200, 401]);
  });

  it("are worth nothing once the account is deleted, even if another one takes its name", async () => {
    const test = await startWithAccount();
    const token = await requestToken(test, 600);

    await test.send("DELETE", path);
    await test.client.create({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "robot", namespace: "default" },
    });

    assert.equal(await statusWith(test, token), 401);
  });

  it("live for ten minutes at least", async () => {
    const test = await startWithAccount();

    const { status, body } = await test.send("POST", `${path}/token`, { body: { spec: { expirationSeconds: 60 } } });

    assert.equal(status, 422);
    assert.match(textAt(body, "message"), /may not specify a duration less than 10 minutes/);
  });
});
