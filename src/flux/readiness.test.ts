import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease, type HelmRelease, type ReleaseSnapshot } from "./helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "./oci-repository.ts";
import { readRelease, readSource } from "./readiness.ts";

const HASH = "25c360249aca".padEnd(64, "0");
const DIGEST = `sha256:${HASH}`;
const READY = {
  type: "Ready",
  status: "True",
  reason: "Succeeded",
  message: "",
  observedGeneration: 1,
  lastTransitionTime: "2026-01-01T00:00:00Z",
} as const;

const source: OCIRepository = {
  ...buildOCIRepository(
    { name: "chart", generation: 1 },
    { url: "oci://r/c", ref: { tag: "0.4.0" }, interval: "1m0s" },
  ),
  status: { observedGeneration: 1, conditions: [READY], artifact: { revision: `0.4.0@${DIGEST}` } },
};

function release(deployed: Partial<ReleaseSnapshot>): HelmRelease {
  const built = buildHelmRelease(
    { name: "toolkit", generation: 1 },
    { chartName: "chart", releaseName: "r", targetNamespace: "t", kubeconfigSecret: "k", interval: "1m0s" },
  );
  const history = [{ status: "deployed", ...deployed }];
  const status = { observedGeneration: 1, conditions: [READY], lastAttemptedRevisionDigest: DIGEST, history };
  return { ...built, status };
}

const withRevision = (revision: string): OCIRepository => ({
  ...source,
  status: { ...source.status, artifact: { revision } },
});

describe("readSource", () => {
  it("is ready when the artifact is of the tag that is asked for", () => {
    assert.equal(readSource(source).state, "ready");
  });

  it("is not ready when the artifact is still of another tag, whatever Flux says", () => {
    assert.equal(readSource(withRevision(`0.5.0@${DIGEST}`)).state, "progressing");
    assert.equal(readSource(withRevision(`0.4.0-rc@${DIGEST}`)).state, "progressing");
  });

  it("is ready when the artifact has the digest that is asked for, and only then", () => {
    const pinned = withRevision(DIGEST);
    const asking = (digest: string): OCIRepository => ({
      ...pinned,
      ...buildOCIRepository({ name: "chart", generation: 1 }, { url: "oci://r/c", ref: { digest }, interval: "1m0s" }),
      ...(pinned.status !== undefined && { status: pinned.status }),
    });

    assert.equal(readSource(asking(DIGEST)).state, "ready");
    assert.equal(readSource(asking(`sha256:${"a".repeat(64)}`)).state, "progressing");
  });
});

describe("readRelease", () => {
  it("is ready when what is deployed is the current chart", () => {
    const current = release({ ociDigest: DIGEST, chartVersion: "0.4.0+25c360249aca" });

    assert.equal(readRelease(current, source).state, "ready");
  });

  it("knows a release that was rolled back to by its version, as Flux forgets the digest", () => {
    assert.equal(readRelease(release({ chartVersion: "0.4.0+25c360249aca" }), source).state, "ready");
    assert.equal(readRelease(release({ chartVersion: "0.4.0+aaaaaaaaaaaa" }), source).state, "progressing");
    assert.equal(readRelease(release({}), source).state, "progressing");
  });

  it("knows the chart of a tag that is no version, of which Flux tells the tag before the digest", () => {
    const revision = `nightly@${DIGEST}`;
    const current = release({ ociDigest: revision, chartVersion: "0.4.0+25c360249aca" });
    const moved: HelmRelease = { ...current, status: { ...current.status, lastAttemptedRevisionDigest: revision } };

    assert.equal(readRelease(moved, source).state, "ready");
  });

  it("does not take another chart for the current one", () => {
    const other = release({ ociDigest: `sha256:${"a".repeat(64)}`, chartVersion: "0.4.0+25c360249aca" });

    assert.equal(readRelease(other, source).state, "progressing");
  });
});
