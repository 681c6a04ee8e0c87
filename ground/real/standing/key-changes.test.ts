import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { keyChanges } from "./key-changes.ts";

const LEASE = "/platform/leases/kube-system/apiserver-abc";
const PEER_LEASE = "/platform/peerserverleases/apiserver-abc";

describe("keyChanges", () => {
  it("finds nothing to do where nothing was written", () => {
    const before = new Map([["/platform/secrets/a", "3"]]);

    assert.deepEqual(keyChanges(before, new Map(before)), { extra: [], changed: [] });
  });

  it("tells keys that came from those that were written again or are gone", () => {
    const before = new Map([
      ["/platform/secrets/kept", "1"],
      ["/platform/secrets/written", "2"],
      ["/platform/secrets/gone", "3"],
    ]);
    const now = new Map([
      ["/platform/secrets/kept", "1"],
      ["/platform/secrets/written", "7"],
      ["/platform/secrets/new", "8"],
    ]);

    assert.deepEqual(keyChanges(before, now), {
      extra: ["/platform/secrets/new"],
      changed: ["/platform/secrets/written", "/platform/secrets/gone"],
    });
  });

  it("leaves alone how an API server says that it lives", () => {
    const another = LEASE.replace("abc", "def");
    const before = new Map([
      [LEASE, "1"],
      [PEER_LEASE, "1"],
    ]);
    const now = new Map([
      [LEASE, "9"],
      [PEER_LEASE, "9"],
      [another, "9"],
    ]);

    assert.deepEqual(keyChanges(before, now), { extra: [], changed: [] });
  });
});
