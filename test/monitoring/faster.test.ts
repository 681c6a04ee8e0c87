import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { alertsOf, readRules } from "./alert-rules.ts";
import { faster, fasterAlert, fasterWindows } from "./faster.ts";

describe("a Prometheus whose time goes faster", () => {
  it("has every duration divided, and nothing else", () => {
    assert.equal(faster("1h"), "60000ms");
    assert.equal(faster("30s"), "500ms");
    assert.equal(fasterWindows('rate(x5m{job="5m"}[10m:30s]) > 0.5'), 'rate(x5m{job="5m"}[10000ms:500ms]) > 0.5');
  });

  it("has alerts that see as much in a shorter time", () => {
    assert.equal(fasterAlert("min(age_seconds[5m]) > 600"), "min(age_seconds[5000ms]) > 600");
    assert.equal(fasterAlert("max(deletion_blocked_seconds[3m]) > 3600"), "max(deletion_blocked_seconds[3000ms]) > 60");
    assert.equal(fasterAlert("sum(rate(errors_total[10m])) > 0.1"), "sum(rate(errors_total[10000ms])) > 6");
  });

  it("understands every duration of the rules", () => {
    for (const rule of alertsOf(readRules())) {
      assert.doesNotMatch(`${fasterAlert(rule.expr)} ${faster(rule.for ?? "1s")}`, /NaN|\[\d+[smh][\]:]/u, rule.alert);
    }
  });
});
