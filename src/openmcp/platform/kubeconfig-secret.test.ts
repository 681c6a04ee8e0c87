import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { tokenLifetime } from "./kubeconfig-secret.ts";

function lifetime(data: Readonly<Record<string, string>>): unknown {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
  const metadata = { name: "access.kubeconfig" };
  return tokenLifetime({ apiVersion: "v1", kind: "Secret", metadata, data: Object.fromEntries(encoded) });
}

describe("tokenLifetime", () => {
  it("is what the platform notes beside the kubeconfig", () => {
    assert.deepEqual(lifetime({ creationTimestamp: "1700000000", expirationTimestamp: "1700000600" }), {
      beginMs: 1_700_000_000_000,
      endMs: 1_700_000_600_000,
    });
  });

  it("is unknown when the platform notes no expiry, or nothing that is a time", () => {
    for (const data of [{}, { creationTimestamp: "1" }, { creationTimestamp: "1", expirationTimestamp: "never" }]) {
      assert.equal(lifetime(data), undefined);
    }
  });
});
