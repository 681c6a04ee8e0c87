import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { plainMessage } from "./plain-message.ts";

describe("plainMessage", () => {
  it("keeps what Flux says about a failed pull", () => {
    const message =
      "OCIArtifactPullFailed: failed to determine artifact digest: GET http://r.example/v2/kc/chart/manifests/0.4.0: UNAUTHORIZED: authentication required";

    assert.equal(plainMessage(message), message);
  });

  it("makes one line of many", () => {
    assert.equal(plainMessage("a\n  b\tc "), "a b c");
  });

  const planted = "s3cr3t-value-1234";
  for (const text of [
    `GET https://user:${planted}@r.example/v2/: refused`,
    `Authorization: Bearer ${planted}`,
    `password=${planted}, user=x`,
    `{"password":"${planted}"}`,
    `token: '${planted}'`,
  ]) {
    it(`masks the secret in ${text.replace(planted, "…")}`, () => {
      assert.ok(!plainMessage(text).includes(planted));
    });
  }

  it("is bounded for every text", () => {
    fc.assert(fc.property(fc.string({ maxLength: 5_000 }), (text) => plainMessage(text).length <= 700));
  });
});
