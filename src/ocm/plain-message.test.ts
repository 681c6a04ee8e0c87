import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { plainMessage } from "./plain-message.ts";

describe("plainMessage", () => {
  it("keeps what Flux says about a failed pull", () => {
    const message =
      "OCIArtifactPullFailed: failed to determine artifact digest: GET http://r.example/v2/kc/chart/manifests/0.4.0: UNAUTHORIZED: authentication required";

    assert.equal(plainMessage(message), message);
  });

  it("is short, and says how much it leaves out", () => {
    const message = plainMessage(`${"x".repeat(698)}\u{1F600} tail`);

    assert.match(message, /^x+ … \(\d+ bytes left out\)$/u);
    assert.ok(Buffer.byteLength(message) <= 700);
  });
});
