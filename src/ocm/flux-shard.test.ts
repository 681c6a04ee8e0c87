import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { HelmRelease } from "../flux/helm-release.ts";
import { SHARD_LABEL } from "../openmcp/service/shards.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { changeOfShard, fluxShardOf } from "./flux-shard.ts";

const BEGAN = "2026-01-01T00:00:00Z";
const MINUTE_MS = 60_000;

function release({ shard, ready }: { readonly shard?: string; readonly ready: "True" | "Unknown" }): HelmRelease {
  const words = { reason: "Progressing", message: "", lastTransitionTime: BEGAN, observedGeneration: 1 };
  return {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: {
      name: "r",
      namespace: "n",
      generation: 1,
      ...(shard !== undefined && { labels: { [SHARD_LABEL]: shard } }),
    },
    status: { observedGeneration: 1, conditions: [{ type: "Ready", status: ready, ...words }] },
  };
}

describe("the shard of Flux's objects", () => {
  const nowMs = Date.parse(BEGAN) + MINUTE_MS;

  for (const [what, found, wanted, expected] of [
    ["is the wanted one where there is no release", undefined, "b", "b"],
    ["is the wanted one where Helm is at rest", release({ shard: "a", ready: "True" }), "b", "b"],
    ["stays while Helm runs an action", release({ shard: "a", ready: "Unknown" }), "b", "a"],
    ["stays none while Helm runs an action", release({ ready: "Unknown" }), "b", undefined],
  ] as const) {
    it(what, () => {
      assert.equal(fluxShardOf(wanted, { release: found, nowMs }), expected);
    });
  }

  it("is the wanted one when nobody can be running the action any more", () => {
    const found = release({ shard: "a", ready: "Unknown" });

    assert.equal(fluxShardOf("b", { release: found, nowMs: nowMs + 10 * MINUTE_MS }), "b");
  });
});

describe("the change of an object's shard", () => {
  const ours = {
    manager: FIELD_MANAGER,
    operation: "Apply",
    fieldsV1: { "f:metadata": { "f:labels": { [`f:${SHARD_LABEL}`]: {} } } },
  } as const;
  const owned = (shard: string): HelmRelease => {
    const found = release({ shard, ready: "True" });
    return { ...found, metadata: { ...found.metadata, managedFields: [ours] } };
  };

  for (const [what, live, wanted, expected] of [
    ["is none where the object is right", release({ shard: "a", ready: "True" }), "a", undefined],
    ["is the wanted one where it has another", release({ shard: "a", ready: "True" }), "b", "b"],
    ["takes away what the provider has set", owned("a"), undefined, null],
    ["leaves what an operator has set", release({ shard: "a", ready: "True" }), undefined, undefined],
  ] as const) {
    it(what, () => {
      assert.equal(changeOfShard(live, wanted), expected);
    });
  }
});
