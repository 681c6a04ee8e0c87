import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { HelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../flux/oci-repository.ts";
import { SHARD_LABEL } from "../openmcp/service/shards.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { changeOfShard, fluxShardOf } from "./flux-shard.ts";

const BEGAN = "2026-01-01T00:00:00Z";
const MINUTE_MS = 60_000;

const DIGEST = `sha256:${"1".padEnd(64, "0")}`;
const words = { reason: "Progressing", message: "", lastTransitionTime: BEGAN, observedGeneration: 1 };

type Told = {
  readonly shard?: string;
  readonly ready: "True" | "False" | "Unknown";
  readonly reason?: string;
  /** The reason of `Reconciling`. */
  readonly doing?: string;
};

function release({ shard, ready, reason = "Progressing", doing }: Told): HelmRelease {
  const reconciling =
    doing === undefined ? [] : [{ ...words, type: "Reconciling", status: "True", reason: doing } as const];
  return {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: {
      name: "r",
      namespace: "n",
      generation: 1,
      ...(shard !== undefined && { labels: { [SHARD_LABEL]: shard } }),
    },
    status: {
      observedGeneration: 1,
      conditions: [...reconciling, { ...words, type: "Ready", status: ready, reason }],
      lastAttemptedRevisionDigest: DIGEST,
    },
  };
}

/** A chart that was fetched when all began. */
function source(digest = DIGEST): OCIRepository {
  const chart = { url: "oci://r/c", ref: { tag: "1.0.0" }, interval: "1m0s" };
  const status = {
    observedGeneration: 1,
    conditions: [{ ...words, type: "Ready", status: "True" } as const],
    artifact: { revision: `1.0.0@${digest}` },
  };
  return { ...buildOCIRepository({ name: "r", namespace: "n", generation: 1 }, chart), status };
}

describe("the shard of Flux's objects", () => {
  const nowMs = Date.parse(BEGAN) + MINUTE_MS;

  for (const [what, found, wanted, expected] of [
    ["is the wanted one where there is no release", undefined, "b", "b"],
    ["is the wanted one where Helm is at rest", release({ shard: "a", ready: "True" }), "b", "b"],
    ["stays while Helm runs an action", release({ shard: "a", ready: "Unknown" }), "b", "a"],
    ["stays none while Helm runs an action", release({ ready: "Unknown" }), "b", undefined],
    [
      "stays while Flux is about to begin an action",
      release({ shard: "a", ready: "True", reason: "InstallSucceeded", doing: "Progressing" }),
      "b",
      "a",
    ],
    [
      "stays while Flux takes a failed upgrade back",
      release({ shard: "a", ready: "False", reason: "UpgradeFailed", doing: "Progressing" }),
      "b",
      "a",
    ],
    [
      "is the wanted one between two attempts",
      release({ shard: "a", ready: "False", reason: "RollbackSucceeded", doing: "ProgressingWithRetry" }),
      "b",
      "b",
    ],
    [
      "is the wanted one while Flux waits for the chart",
      release({ shard: "a", ready: "False", reason: "SourceNotReady", doing: "Progressing" }),
      "b",
      "b",
    ],
  ] as const) {
    it(what, () => {
      assert.equal(fluxShardOf(wanted, { release: found, source: source(), nowMs }), expected);
    });
  }

  it("stays for the moments in which Flux may begin with a new chart", () => {
    const found = release({ shard: "a", ready: "True" });
    const sight = { release: found, source: source(`sha256:${"2".padEnd(64, "0")}`) };

    assert.equal(fluxShardOf("b", { ...sight, nowMs: Date.parse(BEGAN) + 9_000 }), "a");
    assert.equal(fluxShardOf("b", { ...sight, nowMs: Date.parse(BEGAN) + 10_000 }), "b");
  });

  it("is the wanted one when nobody can be running the action any more", () => {
    const found = release({ shard: "a", ready: "Unknown" });

    assert.equal(fluxShardOf("b", { release: found, source: source(), nowMs: nowMs + 10 * MINUTE_MS }), "b");
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
