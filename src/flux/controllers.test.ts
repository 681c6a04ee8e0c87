import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Deployment } from "../kube/core.ts";
import { isNeglected, lastSignOfLife, readArguments, type Reconciled } from "./controllers.ts";

function deploymentWith(...args: readonly string[]): Deployment {
  const container = { name: "manager", image: "ghcr.io/fluxcd/helm-controller:v1.6.4", args: [...args] };
  const template = { spec: { containers: [container] } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" }, spec: { selector: {}, template } };
}

describe("readArguments", () => {
  it("reads which gates are on, and what is watched", () => {
    const deployment = deploymentWith(
      "--watch-all-namespaces=false",
      "--watch-label-selector=a=b",
      "--feature-gates=OOMWatch=false,DisableChartDigestTracking=true,CacheSecretsAndConfigMaps=True",
    );

    assert.deepEqual(readArguments(deployment), {
      image: "ghcr.io/fluxcd/helm-controller:v1.6.4",
      gates: ["DisableChartDigestTracking", "CacheSecretsAndConfigMaps"],
      watchesAllNamespaces: false,
      labelSelector: "a=b",
    });
  });

  it("knows what a controller does by itself", () => {
    const { gates, watchesAllNamespaces, labelSelector } = readArguments(deploymentWith());

    assert.deepEqual(
      { gates, watchesAllNamespaces, labelSelector },
      { gates: [], watchesAllNamespaces: true, labelSelector: "" },
    );
  });
});

const changed = "2026-01-01T00:00:00Z";
const MINUTE_MS = 60_000;

function objectWith(more: Partial<Reconciled>): Reconciled {
  const managedFields = [
    { manager: "us", time: changed },
    { manager: "flux", time: "2026-01-01T00:01:00Z", subresource: "status" },
  ];
  const metadata = { name: "x", generation: 2, creationTimestamp: "2025-01-01T00:00:00Z", managedFields };
  return { apiVersion: "v1", kind: "HelmRelease", metadata, ...more };
}

describe("isNeglected", () => {
  const reconciling = { type: "Reconciling", status: "True", reason: "", message: "", lastTransitionTime: "" } as const;
  const cases = [
    { name: "an object that was never looked at", object: objectWith({}), minutes: 6, expected: true },
    { name: "an object that was changed just now", object: objectWith({}), minutes: 4, expected: false },
    {
      name: "an older generation",
      object: objectWith({ status: { observedGeneration: 1 } }),
      minutes: 6,
      expected: true,
    },
    {
      name: "the present generation",
      object: objectWith({ status: { observedGeneration: 2 } }),
      minutes: 6,
      expected: false,
    },
    {
      name: "an object that is worked on",
      object: objectWith({ status: { conditions: [reconciling] } }),
      minutes: 6,
      expected: false,
    },
    { name: "a suspended object", object: objectWith({ spec: { suspend: true } }), minutes: 6, expected: false },
  ];
  for (const { name, object, minutes, expected } of cases) {
    it(`says ${expected} of ${name} after ${minutes} minutes`, () => {
      assert.equal(isNeglected(object, Date.parse(changed) + minutes * MINUTE_MS), expected);
    });
  }
});

describe("lastSignOfLife", () => {
  it("is when a status was written last", () => {
    assert.equal(lastSignOfLife([objectWith({})]), Date.parse("2026-01-01T00:01:00Z"));
    assert.equal(lastSignOfLife([]), undefined);
  });
});
