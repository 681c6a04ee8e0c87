import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease, type HelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../flux/oci-repository.ts";
import { readRelease, readSource } from "../flux/readiness.ts";
import type { Condition, KubeObject } from "../kube/object.ts";
import type { Find } from "../openmcp/service/rehearsal-hints.ts";
import { settled, valuesOf } from "./settled.ts";

const metadata = { namespace: "tenant", name: "toolkit", generation: 2 };
const digest = `sha256:${"a".repeat(64)}`;

function source(ref: { tag: string } | { digest: string }, more: Partial<OCIRepository> = {}): OCIRepository {
  return { ...buildOCIRepository(metadata, { url: "oci://example.com/chart", ref, interval: "1m" }), ...more };
}

const release: HelmRelease = buildHelmRelease(metadata, {
  chartName: "toolkit",
  releaseName: "toolkit",
  targetNamespace: "system",
  kubeconfigSecret: "kubeconfig",
  interval: "1m",
  values: { a: 1 },
});

function failing(reason: string): Pick<OCIRepository, "status"> {
  const words = { message: "no", lastTransitionTime: "", observedGeneration: 2 };
  const conditions: Condition[] = [
    { type: "Ready", status: "False", reason, ...words },
    { type: "FetchFailed", status: "True", reason, ...words },
  ];
  return { status: { observedGeneration: 2, conditions } };
}

function knowing(object: KubeObject | undefined): Find {
  return (() => object) as Find;
}

describe("settled", () => {
  for (const ref of [{ tag: "0.4.0" }, { digest }]) {
    it(`has Flux fetch a chart of the ${Object.keys(ref).join("")} and install it`, () => {
      const fetched = settled(source(ref), knowing(undefined)) as OCIRepository;
      const installed = settled(release, knowing(fetched)) as HelmRelease;

      assert.equal(readSource(fetched).state, "ready");
      assert.equal(readRelease(installed, fetched).state, "ready");
      assert.equal(settled(fetched, knowing(undefined)), fetched);
      assert.equal(settled(installed, knowing(fetched)), installed);
    });
  }

  it("installs nothing without a chart", () => {
    assert.equal(settled(release, knowing(undefined)), release);
  });

  it("leaves alone what has failed for its present spec, and what is suspended", () => {
    const failed = source({ tag: "9" }, failing("OCIArtifactPullFailed"));
    const paused: HelmRelease = { ...release, ...(release.spec && { spec: { ...release.spec, suspend: true } }) };

    assert.equal(settled(failed, knowing(undefined)), failed);
    assert.equal(settled(paused, knowing(settled(source({ tag: "1" }), knowing(undefined)))), paused);
  });

  it("has Flux begin anew with what has failed before a change", () => {
    const changed = {
      ...source({ tag: "9" }, failing("OCIArtifactPullFailed")),
      metadata: { ...metadata, generation: 3 },
    };

    assert.equal(readSource(settled(changed, knowing(undefined)) as OCIRepository).state, "ready");
  });
});

describe("valuesOf", () => {
  it("finds the values of a HelmRelease, and of nothing else", () => {
    assert.deepEqual([valuesOf(release), valuesOf(source({ tag: "1" }))], [{ a: 1 }, undefined]);
  });
});
