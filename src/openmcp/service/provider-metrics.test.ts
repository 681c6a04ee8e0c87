import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../../test/support/fake-clock.ts";
import { createMetrics } from "../../runtime/metrics.ts";
import { measureTenants } from "./provider-metrics.ts";
import type { ProviderFigures } from "./tenant-figures.ts";

const NONE: ProviderFigures = {
  states: [],
  failing: [],
  versions: [],
  ignored: 0,
  deletions: [],
  areSettingsInForce: undefined,
  unserved: undefined,
  tokenExpiresAtMs: undefined,
};

function start() {
  const clock = new FakeClock();
  const metrics = createMetrics({ clock });
  const expiry: { onboarding: number | undefined } = { onboarding: undefined };
  const tenants = measureTenants(metrics, { clock, onboardingExpiresAtMs: () => expiry.onboarding });
  const samples = async (): Promise<readonly string[]> => {
    const lines = (await metrics.text()).split("\n");
    return lines
      .filter((line) => line.startsWith("service_provider_") && !line.includes("_bucket{"))
      .map((line) => line.slice("service_provider_".length));
  };
  return { clock, expiry, tenants, samples };
}

const HISTOGRAMS = [
  "time_to_ready_seconds_sum 0",
  "time_to_ready_seconds_count 0",
  "deletion_seconds_sum 0",
  "deletion_seconds_count 0",
];

describe("measureTenants", () => {
  it("asks for the figures at each scrape, and keeps nothing of the one before", async () => {
    const { clock, tenants, samples } = start();
    let figures: ProviderFigures = {
      ...NONE,
      states: [{ labels: { phase: "Terminating", reason: "Removing" }, count: 2 }],
      failing: [{ labels: { reason: "Removing" }, count: 1 }],
      versions: [{ labels: { wanted: "2", installed: "1" }, count: 2 }],
      ignored: 3,
      deletions: [{ labels: { reason: "Removing" }, sinceMs: clock.now() }],
      areSettingsInForce: false,
      unserved: 4,
      tokenExpiresAtMs: 1500,
    };
    tenants.follow(() => figures);
    await clock.advance(2500);

    const first = await samples();
    figures = { ...NONE, states: [{ labels: { phase: "Ready", reason: "ReconcileSuccess" }, count: 1 }] };
    const second = await samples();

    assert.deepEqual(first, [
      ...HISTOGRAMS,
      'tenants{phase="Terminating",reason="Removing"} 2',
      'tenants_failing{reason="Removing"} 1',
      'tenant_versions{wanted="2",installed="1"} 2',
      "tenants_ignored 3",
      "tenants_unserved 4",
      'deletion_blocked_seconds{reason="Removing"} 2.5',
      "settings_in_force 0",
      'token_expiry_timestamp_seconds{cluster="mcp"} 1.5',
    ]);
    assert.deepEqual(second, [
      ...HISTOGRAMS,
      'tenants{phase="Ready",reason="ReconcileSuccess"} 1',
      "tenants_ignored 0",
    ]);
  });

  it("has no value before the installations are followed, and none afterwards", async () => {
    const { expiry, tenants, samples } = start();
    expiry.onboarding = 1000;
    assert.deepEqual(await samples(), HISTOGRAMS);

    const end = tenants.follow(() => ({ ...NONE, areSettingsInForce: true }));
    assert.deepEqual(await samples(), [
      ...HISTOGRAMS,
      "tenants_ignored 0",
      "settings_in_force 1",
      'token_expiry_timestamp_seconds{cluster="onboarding"} 1',
    ]);
    end();

    assert.deepEqual(await samples(), HISTOGRAMS);
  });

  it("observes how long orders and deletions took, in seconds", async () => {
    const { tenants, samples } = start();

    tenants.firstReady(1500);
    tenants.removed(90_000);
    tenants.removed(10_000);

    assert.deepEqual(await samples(), [
      "time_to_ready_seconds_sum 1.5",
      "time_to_ready_seconds_count 1",
      "deletion_seconds_sum 100",
      "deletion_seconds_count 2",
    ]);
  });
});
