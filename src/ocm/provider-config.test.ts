import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countTenants } from "../openmcp/service/tenant-counts.ts";
import type { OCM } from "./api/objects.ts";
import { isRemovalFailing, noteWithdrawn } from "./provider-config.ts";

type Said = { readonly status: "True" | "False"; readonly reason: string; readonly message?: string };

function ocm(version: string, conditions: Readonly<Record<string, Said>>): OCM {
  return {
    apiVersion: "ocm.services.openmcp.cloud/v1alpha1",
    kind: "OCM",
    metadata: { name: "mcp", namespace: "ws" },
    spec: { version },
    status: {
      observedGeneration: 1,
      phase: "Progressing",
      conditions: Object.entries(conditions).map(([type, said]) => {
        return { type, message: "", ...said, lastTransitionTime: "2026-01-01T00:00:00Z" };
      }),
    },
  };
}

const ready = { Ready: { status: "True", reason: "ReconcileSuccess" } } as const;
const terminating = { status: "False", reason: "Terminating" } as const;
const withdrawn = { ...ready, ChartReady: { status: "True", reason: "VersionWithdrawn" } } as const;

describe("the tenants on the ProviderConfig", () => {
  it("counts a deletion that stands still among those that need help", () => {
    const stuck = ["AccessDenied", "ReleaseSuspended", "UninstallFailed"].map((reason) =>
      ocm("1", { Ready: terminating, Removed: { status: "False", reason } }),
    );

    assert.deepEqual(countTenants(stuck, isRemovalFailing), { total: 3, ready: 0, failing: 3 });
  });
});

describe("noteWithdrawn", () => {
  it("says nothing while everything that runs is on offer", () => {
    assert.equal(noteWithdrawn([ocm("1", ready)]), undefined);
  });

  it("counts the tenants of each version, whatever their order", () => {
    const all = [ocm("0.4.0", withdrawn), ocm("0.3.0", withdrawn), ocm("0.5.0", ready), ocm("0.4.0", withdrawn)];
    const expected = "still installed though not offered any more: 0.3.0 (1), 0.4.0 (2)";

    assert.equal(noteWithdrawn(all)?.message, expected);
    assert.equal(noteWithdrawn(all.toReversed())?.message, expected);
  });

  it("lists ten versions at most", () => {
    const all = Array.from({ length: 12 }, (_, index) => ocm(`1.0.${index + 10}`, withdrawn));

    assert.match(noteWithdrawn(all)?.message ?? "", /1\.0\.19 \(1\) and 2 more versions$/);
  });
});
