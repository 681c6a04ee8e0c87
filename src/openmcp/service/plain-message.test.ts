import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { MARK, plantedTexts } from "../../../test/support/planted-secrets.ts";
import { CONDITION_MESSAGE_BYTES, storedMessage } from "../../runtime/stored-message.ts";
import { plainMessage } from "./plain-message.ts";

describe("plainMessage", () => {
  it("keeps what Flux says about a failed pull", () => {
    const message =
      "OCIArtifactPullFailed: failed to determine artifact digest: GET http://r.example/v2/kc/chart/manifests/0.4.0: UNAUTHORIZED: authentication required";

    assert.equal(plainMessage(message), message);
  });

  const rows = [
    [
      'Get "https://10.20.30.40:6443/version": dial tcp 10.20.30.40:6443: connect: connection refused',
      'Get "https://(address)/version": dial tcp (address): connect: connection refused',
    ],
    ["dial tcp [fd00::1]:443: i/o timeout", "dial tcp (address): i/o timeout"],
    ["lookup proxy on 10.0.0.10:53: no such host", "lookup proxy on (address): no such host"],
    ["Get http://source-controller.flux-system.svc.cluster.local./a: 404", "Get http://(address)/a: 404"],
    [
      "chart chart@0.4.0+25c360249aca: r.example:5000/chart:1.2.3",
      "chart chart@0.4.0+25c360249aca: r.example:5000/chart:1.2.3",
    ],
    ["[Deployment/a/b status: 'InProgress']", "[Deployment/a/b status: 'InProgress']"],
  ] as const;
  for (const [text, expected] of rows) {
    it(`says ${expected}`, () => {
      assert.equal(plainMessage(text), expected);
    });
  }

  for (const unit of ["a", "[", ":", "1.", "-", "svc."]) {
    it(`finds an address behind a megabyte of ${unit}`, () => {
      const message = plainMessage(`dial 10.0.0.1:443 [${unit.repeat(1_000_000 / unit.length)}`);

      assert.ok(message.startsWith("dial (address) "));
    });
  }

  it("shows no secret, and is stored as it is", () => {
    fc.assert(
      fc.property(plantedTexts, (text) => {
        const message = plainMessage(text);

        assert.ok(!message.includes(MARK));
        assert.equal(storedMessage(message, CONDITION_MESSAGE_BYTES), message);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is short, and says how much it leaves out", () => {
    const message = plainMessage(`${"x".repeat(698)}\u{1F600} tail`);

    assert.match(message, /^x+ … \(\d+ bytes left out\)$/u);
    assert.ok(Buffer.byteLength(message) <= 700);
  });
});
