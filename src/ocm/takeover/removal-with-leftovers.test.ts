import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildOCIRepository } from "../../flux/oci-repository.ts";
import { ACCESS_FINALIZER, mcpAccessRequest, workloadClusterRequest } from "../../openmcp/platform/tenant-access.ts";
import { nextRemovalStep } from "../removal/next-removal-step.ts";
import type { RemovalSituation } from "../removal/removal-step.ts";
import { tenantObjectsOf } from "../tenant-objects.ts";
import type { Leftovers } from "./leftovers.ts";
import { ANNOTATIONS } from "../annotations.ts";
import { playRelease } from "./testing/play-release.ts";

const objects = tenantObjectsOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const granted = { state: "granted", secretName: "kubeconfig", message: "" } as const;
const pending = { state: "pending", message: "" } as const;
const chart = { url: "oci://example.com/chart", ref: { tag: "0.4.0" }, interval: "1m0s" };
const source = buildOCIRepository(objects.toolkit, chart);
const marked = buildOCIRepository({ ...objects.toolkit, annotations: { [ANNOTATIONS.takeover]: "under-way" } }, chart);
const none: Leftovers = {
  release: undefined,
  source: undefined,
  workloadAccess: undefined,
  workloadRequest: undefined,
};
const suspended = playRelease({ suspend: true });

function step(change: Partial<RemovalSituation>): string {
  const next = nextRemovalStep({
    accessRequest: mcpAccessRequest(objects.tenant),
    access: granted,
    copies: [],
    source,
    release: undefined,
    controlPlane: "present",
    userObjects: [],
    leftovers: none,
    ...change,
  });
  return next.do === "wait" ? next.reason : next.do;
}

describe("a removal that finds something of the Go provider", () => {
  it("uninstalls the old release like one of its own", () => {
    const release = playRelease({ history: 1 });

    assert.equal(step({ release, leftovers: { ...none, release } }), "deleteRelease");
    assert.equal(step({ release: suspended, leftovers: { ...none, release: suspended } }), "ReleaseSuspended");
  });

  it("resumes an old release that was suspended for the takeover", () => {
    assert.equal(
      step({ source: marked, release: suspended, leftovers: { ...none, release: suspended } }),
      "resumeRelease",
    );
  });

  it("takes over what no HelmRelease stands for, in order to uninstall it, as soon as there is access", () => {
    assert.equal(step({ source: marked }), "takeOverRelease");
    assert.equal(step({ source: marked, access: pending }), "AccessPending");
    assert.equal(step({ source: marked, release: playRelease() }), "TakingOver");
    assert.equal(step({ source: marked, release: playRelease({ history: 1 }) }), "removeMark");
    assert.equal(step({ release: playRelease({ history: 1 }) }), "deleteRelease");
  });

  it("uninstalls nothing on a control plane that is gone", () => {
    const gone = { controlPlane: "gone", source: marked } as const;
    const release = playRelease({ history: 1 });

    assert.equal(step({ ...gone, release, leftovers: { ...none, release } }), "suspendRelease");
    assert.equal(step({ ...gone, release: suspended, leftovers: { ...none, release: suspended } }), "deleteRelease");
    assert.equal(step(gone), "deleteSource");
  });

  it("gives the access back only when nothing else is left", () => {
    const leftovers = { ...none, workloadRequest: workloadClusterRequest(objects.tenant) };

    assert.equal(step({ source: undefined, leftovers }), "removeLeftovers");
    assert.equal(step({ source: undefined }), "deleteAccess");
  });

  it("waits for others only where it can do nothing about what is left", () => {
    const request = workloadClusterRequest(objects.tenant);
    const going = (...finalizers: readonly string[]): typeof request => ({
      ...request,
      metadata: { ...request.metadata, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers },
    });
    const left = (workloadRequest: typeof request): Partial<RemovalSituation> => ({
      source: undefined,
      leftovers: { ...none, workloadRequest },
    });

    assert.equal(step(left(going(ACCESS_FINALIZER))), "removeLeftovers");
    assert.equal(step(left(going(ACCESS_FINALIZER, "theirs"))), "Removing");
  });
});
