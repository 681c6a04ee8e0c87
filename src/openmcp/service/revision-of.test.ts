import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { revisionOf } from "./settings-source.ts";

describe("revision of settings", () => {
  const config = {
    apiVersion: "v1",
    kind: "C",
    metadata: { name: "c", uid: "1", generation: 3, resourceVersion: "5" },
  };
  const secret = { apiVersion: "v1", kind: "S", metadata: { name: "s", uid: "2", resourceVersion: "6" } };
  const revision = revisionOf([config, secret]);

  it("moves with what the operator writes, and not with a status", () => {
    const statusWritten = { ...config, metadata: { ...config.metadata, resourceVersion: "9" } };
    const rotated = { ...secret, metadata: { ...secret.metadata, resourceVersion: "9" } };
    const changed = { ...config, metadata: { ...config.metadata, generation: 4 } };

    assert.equal(revisionOf([statusWritten, secret]), revision);
    const others = [revisionOf([config, rotated]), revisionOf([changed, secret]), revisionOf([config, undefined])];
    assert.equal(new Set([revision, ...others]).size, 4);
  });
});
