import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SimClient } from "../client.ts";
import { VirtualClock } from "../clock.ts";
import { kubeconfigSecret, renewInMs } from "./access-secret.ts";
import { accessRequestType } from "./kinds.ts";

describe("renewInMs", () => {
  const clock = new VirtualClock();
  const client = new SimClient(() => Promise.reject(new Error("expected no request")), { clock });
  const createdAtMs = Math.ceil(clock.now() / 1000) * 1000;
  const secret = kubeconfigSecret(
    { ...accessRequestType, metadata: { name: "one", namespace: "two" } },
    { server: "https://one.example.com", client },
    { token: "token", createdAtMs, expiresAtMs: createdAtMs + 100_000 },
  );
  const untilIssuedMs = createdAtMs - clock.now();

  it("is four fifths of the token's life", () => {
    assert.equal(renewInMs(secret, { clock }) - untilIssuedMs, 80_000);
  });

  it("is sooner where that is wanted, and never later", () => {
    assert.equal(renewInMs(secret, { clock, renewTokensAfterMs: 12_000 }) - untilIssuedMs, 12_000);
    assert.equal(renewInMs(secret, { clock, renewTokensAfterMs: 90_000 }) - untilIssuedMs, 80_000);
  });
});
