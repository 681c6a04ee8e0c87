import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Secret } from "../../kube/core.ts";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import type { AccessRequest } from "../platform/kinds.ts";
import { KubeconfigReviews } from "./kubeconfig-reviews.ts";
import type { Pass } from "./service.ts";

const DAY_MS = 24 * 3600_000;
const objects = { tenant: { name: "mcp", namespace: "ws", controller: "test.example" }, namespace: "mcp--1" };
const granted: AccessRequest = {
  apiVersion: "clusters.openmcp.cloud/v1alpha1",
  kind: "AccessRequest",
  metadata: { name: "access", namespace: "mcp--1", uid: "u", generation: 1 },
  spec: {},
  status: { phase: "Granted", observedGeneration: 1, secretRef: { name: "access.kubeconfig" } },
};
const pass = { force: false, signal: new AbortController().signal } as Pass;

function seconds(ms: number): string {
  return Buffer.from(String(ms / 1000)).toString("base64");
}

/** A tenant whose token lives for a hundred days from `token.beginMs` on, or for ever. */
function reviewed(token: { beginMs: number | undefined }) {
  const clock = new FakeClock();
  const reads: number[] = [];
  const read = (): Promise<Secret> => {
    reads.push(clock.now());
    const { beginMs } = token;
    const times =
      beginMs === undefined
        ? {}
        : { creationTimestamp: seconds(beginMs), expirationTimestamp: seconds(beginMs + 100 * DAY_MS) };
    return Promise.resolve({ apiVersion: "v1", kind: "Secret", metadata: { name: "access.kubeconfig" }, data: times });
  };
  const reviews = new KubeconfigReviews({
    platform: { client: { get: read as never } },
    clock,
    accessRequestOf: () => granted,
    isAtRest: () => true,
  });
  const passAfter = async (days: number): Promise<void> => {
    await clock.advance(days * DAY_MS);
    await reviews.look("object", { objects, pass, recheckAfterMs: 60_000 });
  };
  return { clock, reads, reviews, passAfter };
}

describe("the expiry of a tenant's token", () => {
  it("is unknown before the Secret has been read, and of a token that does not expire", async () => {
    const { reviews, passAfter } = reviewed({ beginMs: undefined });
    assert.equal(reviews.tokenExpiresAtMs(), undefined);

    await passAfter(0);

    assert.equal(reviews.tokenExpiresAtMs(), undefined);
  });

  it("is the one that the platform notes, and costs no request while it is far", async () => {
    const beginMs = new FakeClock().now();
    const { reads, reviews, passAfter } = reviewed({ beginMs });

    await passAfter(0);
    await passAfter(84);

    assert.equal(reviews.tokenExpiresAtMs(), beginMs + 100 * DAY_MS);
    assert.equal(reads.length, 1);
  });

  it("is told no more once the token should have been renewed, until the Secret is read again", async () => {
    const token = { beginMs: new FakeClock().now() };
    const { clock, reviews, passAfter } = reviewed(token);
    await passAfter(0);
    token.beginMs += 80 * DAY_MS;

    await clock.advance(86 * DAY_MS);
    assert.equal(reviews.tokenExpiresAtMs(), undefined);
    await passAfter(0);

    assert.equal(reviews.tokenExpiresAtMs(), token.beginMs + 100 * DAY_MS);
  });

  it("is read now and again while the token is not renewed", async () => {
    const beginMs = new FakeClock().now();
    const { reads, reviews, passAfter } = reviewed({ beginMs });

    for (const days of [0, 86, 0.1, 0.1, 0.1]) {
      await passAfter(days);
    }

    assert.equal(reviews.tokenExpiresAtMs(), beginMs + 100 * DAY_MS);
    assert.deepEqual(
      reads.map((ms) => Math.round((ms - beginMs) / DAY_MS)),
      [0, 86, 86],
    );
  });

  it("is forgotten with the tenant", async () => {
    const { reviews, passAfter } = reviewed({ beginMs: new FakeClock().now() });
    await passAfter(0);

    reviews.forget("ws/mcp");

    assert.equal(reviews.tokenExpiresAtMs(), undefined);
  });
});
