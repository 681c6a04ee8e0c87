import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Phase, ServiceObject } from "./status.ts";
import { tenantFigures } from "./tenant-figures.ts";

type Tenant = ServiceObject & { readonly spec?: { readonly version: string } };

type Told = {
  readonly phase?: Phase;
  readonly reason: string;
  readonly version?: string;
  readonly deletionTimestamp?: string;
  readonly operation?: string;
};

function tenant({ phase = "Progressing", reason, version, deletionTimestamp, operation }: Told): Tenant {
  const lastTransitionTime = "2026-01-01T00:00:00Z";
  const condition = { status: phase === "Ready" ? "True" : "False", message: "why", lastTransitionTime } as const;
  return {
    apiVersion: "test.example/v1",
    kind: "Test",
    metadata: {
      name: "mcp",
      namespace: "ws",
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(operation !== undefined && { annotations: { "openmcp.cloud/operation": operation } }),
    },
    ...(version !== undefined && { spec: { version } }),
    status: {
      observedGeneration: 1,
      phase,
      conditions: [
        { ...condition, type: "Ready", reason: deletionTimestamp === undefined ? "ReconcileError" : "Terminating" },
        { ...condition, type: "Done", reason },
      ],
    },
  };
}

const versionsOf = ({ spec }: Tenant): { readonly wanted: string } => ({
  // As a provider's does for an object without what its schema demands.
  wanted: (spec as { readonly version: string }).version,
});

function seriesOf(counted: readonly { readonly labels: object; readonly count: number }[]): readonly string[] {
  return counted.map(({ labels, count }) => `${Object.values(labels).join("/")} ${count}`);
}

describe("tenantFigures", () => {
  it("count objects by phase and reason, and those that fail by reason", () => {
    const all = [tenant({ reason: "Broken" }), tenant({ reason: "Broken" }), tenant({ reason: "Denied" })];

    const { states, failing } = tenantFigures(all, {});

    assert.deepEqual(seriesOf(states), ["Progressing/Broken 2", "Progressing/Denied 1"]);
    assert.deepEqual(seriesOf(failing), ["Broken 2", "Denied 1"]);
  });

  it("count pairs of versions, and have none for a provider without versions", () => {
    const all = ["1.0.0", "1.0.0", "2.0.0"].map((version) => tenant({ reason: "Broken", version }));

    assert.deepEqual(seriesOf(tenantFigures(all, { versionsOf }).versions), ["1.0.0/none 2", "2.0.0/none 1"]);
    assert.deepEqual(tenantFigures(all, {}).versions, []);
  });

  it("count an object that the present schema refuses under no version", () => {
    assert.deepEqual(seriesOf(tenantFigures([tenant({ reason: "Invalid" })], { versionsOf }).versions), [
      "other/other 1",
    ]);
  });

  it("have at most a hundred pairs of versions, whatever users write, and count the rarest together", () => {
    const many = Array.from({ length: 1000 }, (_, index) => tenant({ reason: "Broken", version: `0.0.${index}` }));
    const twice = ["1.0.0", "1.0.0"].map((version) => tenant({ reason: "Broken", version }));
    const long = ["8", "9"].map((digit) => tenant({ reason: "Broken", version: digit.repeat(201) }));

    const versions = seriesOf(tenantFigures([...many, ...twice, ...long], { versionsOf }).versions);

    assert.equal(versions.length, 101);
    assert.ok(versions.includes("1.0.0/none 2"));
    assert.ok(versions.includes("other/none 2"));
    assert.ok(versions.includes("other/other 902"));
    assert.ok(versions.every((series) => series.length <= 200));
  });

  it("have at most a hundred reasons, whoever writes them", () => {
    const many = Array.from({ length: 1000 }, (_, index) => tenant({ reason: `Reason${index}` }));

    const { states, failing } = tenantFigures(many, {});

    for (const series of [seriesOf(states), seriesOf(failing)]) {
      assert.equal(series.length, 101);
      assert.ok(series.some((one) => one.endsWith("other 900")));
    }
  });

  it("tell of each thing that deletions wait for since when the oldest of them waits", () => {
    const removing = { phase: "Terminating", reason: "Removing" } as const;
    const all = [
      tenant({ ...removing, deletionTimestamp: "2026-01-01T00:02:00Z" }),
      tenant({ ...removing, deletionTimestamp: "2026-01-01T00:01:00Z" }),
      tenant({ ...removing, reason: "Suspended", deletionTimestamp: "2026-01-01T00:03:00Z" }),
      tenant({ reason: "Broken" }),
    ];

    assert.deepEqual(tenantFigures(all, {}).deletions, [
      { labels: { reason: "Removing" }, sinceMs: Date.parse("2026-01-01T00:01:00Z") },
      { labels: { reason: "Suspended" }, sinceMs: Date.parse("2026-01-01T00:03:00Z") },
    ]);
  });

  it("count objects that are ignored", () => {
    const all = ["ignore", "reconcile", undefined].map((operation) =>
      tenant({ reason: "Broken", ...(operation !== undefined && { operation }) }),
    );

    assert.equal(tenantFigures(all, {}).ignored, 1);
  });
});
