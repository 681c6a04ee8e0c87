import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { judgeDeployments, judgeSample } from "./flux-check.ts";

const found = {
  image: "ghcr.io/fluxcd/helm-controller:v1.6.4@sha256:1",
  gates: [],
  watchesAllNamespaces: true,
  labelSelector: "",
  namespace: "flux-system",
  isAvailable: true,
};

describe("judgeDeployments", () => {
  const cases = [
    {
      name: "an account that may not look",
      deployments: "unreadable" as const,
      levels: ["unknown"],
      words: /may not/u,
    },
    { name: "no Deployment", deployments: [], levels: ["unknown"], words: /no Deployment/u },
    {
      name: "one that is there",
      deployments: [found],
      levels: ["ok"],
      words: /helm-controller v1\.6\.4 is available$/u,
    },
    { name: "one that is down", deployments: [{ ...found, isAvailable: false }], levels: ["failed"] },
    {
      name: "one for its own namespace",
      deployments: [{ ...found, watchesAllNamespaces: false }],
      levels: ["ok", "failed"],
    },
    { name: "one for labelled objects", deployments: [{ ...found, labelSelector: "a=b" }], levels: ["ok", "failed"] },
    {
      name: "one that does not track digests",
      deployments: [{ ...found, gates: ["DisableChartDigestTracking"] }],
      levels: ["ok", "warning"],
      words: /with DisableChartDigestTracking$/u,
    },
  ];
  for (const { name, deployments, levels, words = /./u } of cases) {
    it(`finds ${name} ${levels.join(" and ")}`, () => {
      const findings = judgeDeployments("helm-controller", deployments);

      assert.deepEqual(
        findings.map(({ level }) => level),
        levels,
      );
      assert.match(findings[0]?.found ?? "", words);
    });
  }
});

describe("judgeSample", () => {
  const nowMs = Date.parse("2026-01-01T00:10:00Z");
  const metadata = { name: "x", namespace: "mcp--1", generation: 1, creationTimestamp: "2026-01-01T00:00:00Z" };
  const neglected = { apiVersion: "v1", kind: "HelmRelease", metadata };
  const sample = { name: "helm-controller", kind: "HelmRelease", isAll: true, nowMs };

  it("says nothing where there is nothing to do", () => {
    assert.deepEqual(judgeSample({ ...sample, objects: [] }), []);
  });

  it("names an object that is left alone", () => {
    const [finding] = judgeSample({ ...sample, objects: [neglected] });

    assert.equal(finding?.level, "failed");
    assert.match(finding.found, /1 of 1 HelmRelease objects for minutes, for example mcp--1\/x$/u);
  });

  it("is content with objects that were looked at", () => {
    const [finding] = judgeSample({ ...sample, objects: [{ ...neglected, status: { observedGeneration: 1 } }] });

    assert.equal(finding?.level, "ok");
  });
});
