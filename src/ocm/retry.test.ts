import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease, type HelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../flux/oci-repository.ts";
import { ANNOTATIONS } from "./annotations.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { isAttempted, retryRelease, retrySource, withRevision, withWish } from "./retry.ts";

const QUIET = { revision: "now", force: false };
const ASKED = { revision: "now", force: true };
const AGAIN = {
  "ocm.services.openmcp.cloud/retried": "now",
  "reconcile.fluxcd.io/requestedAt": "now.7",
  "reconcile.fluxcd.io/resetAt": "now.7",
};

describe("retrying what Flux has given up", () => {
  for (const reason of ["RetriesExceeded", "MissingRollbackTarget"]) {
    it(`happens once after a change when Flux stopped for ${reason}`, () => {
      assert.deepEqual(retryRelease(stalled(reason, "before"), QUIET), AGAIN);
      assert.equal(retryRelease(stalled(reason, "now"), QUIET), undefined);
    });
  }

  it("happens without a change when somebody asks for a check without shortcuts", () => {
    assert.deepEqual(retryRelease(stalled("RetriesExceeded", "now"), ASKED), AGAIN);
  });

  it("happens once for somebody who asked while the last attempt was failing", () => {
    const wished = withWish(wanted(), failing("now"), ASKED);
    const mark = wished.metadata.annotations?.[ANNOTATIONS.retried] ?? "";

    assert.deepEqual(retryRelease(stalled("RetriesExceeded", mark), QUIET), AGAIN);
    assert.equal(
      withWish(wanted(), stalled("RetriesExceeded", mark), QUIET).metadata.annotations?.[ANNOTATIONS.retried],
      mark,
    );
  });

  it("is not put off by a wish where nothing fails", () => {
    assert.deepEqual(withWish(wanted(), existing("now"), ASKED), withRevision(wanted(), existing("now"), QUIET));
    assert.deepEqual(withWish(wanted(), failing("now"), QUIET), withRevision(wanted(), failing("now"), QUIET));
  });

  it("does not happen where no attempt can help, or none is over", () => {
    for (const live of [stalled("InvalidChartReference", "before"), existing("before"), failing("before")]) {
      assert.equal(retryRelease(live, ASKED), undefined);
    }
  });
});

describe("fetching again what could not be fetched", () => {
  const desired = buildOCIRepository({ name: "chart" }, { url: "oci://r/c", ref: { tag: "1.0.0" }, interval: "1m0s" });
  const fetched = (revision: string, status: "True" | "False"): OCIRepository => {
    const live = applied(desired, revision);
    const at = { observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z" };
    const conditions = [{ ...at, type: "Ready", status, reason: "Any", message: "" }];
    return { ...live, status: { observedGeneration: 1, conditions, artifact: { revision: "1.0.0@sha256:0" } } };
  };
  const { "reconcile.fluxcd.io/resetAt": _reset, ...again } = AGAIN;

  it("happens once after a change that the operator has made since", () => {
    assert.deepEqual(retrySource(fetched("before", "False"), QUIET), again);
    assert.equal(retrySource(fetched("now", "False"), QUIET), undefined);
  });

  it("happens when somebody asks for a check without shortcuts", () => {
    assert.deepEqual(retrySource(fetched("now", "False"), ASKED), again);
  });

  it("does not happen while all is well", () => {
    assert.equal(retrySource(fetched("before", "True"), ASKED), undefined);
  });
});

const revisionOf = (live: HelmRelease | undefined, desired = wanted()): unknown =>
  withRevision(desired, live, QUIET).metadata.annotations?.[ANNOTATIONS.retried];

describe("the revision with which Flux begins its attempts", () => {
  it("is that of the settings for a new object, and for one that changes", () => {
    assert.equal(revisionOf(undefined), "now");
    assert.equal(revisionOf(existing("before"), wanted("5m0s")), "now");
    assert.equal(isAttempted(existing("before"), wanted("5m0s")), false);
  });

  it("stays on an object that nothing else changes", () => {
    assert.equal(revisionOf(existing("before")), "before");
    assert.equal(revisionOf(existing(undefined)), undefined);
    assert.equal(isAttempted(existing("before"), wanted()), true);
  });
});

function wanted(interval = "1m0s"): HelmRelease {
  return buildHelmRelease(
    { name: "toolkit" },
    { chartName: "chart", releaseName: "r", targetNamespace: "t", kubeconfigSecret: "k", interval },
  );
}

function existing(revision: string | undefined): HelmRelease {
  return applied(wanted(), revision);
}

/** An object as the provider has applied it, marked with `revision`. */
function applied<T extends HelmRelease | OCIRepository>(desired: T, revision: string | undefined): T {
  const fieldsV1 = {
    ...(revision !== undefined && { "f:metadata": { "f:annotations": { [`f:${ANNOTATIONS.retried}`]: {} } } }),
    "f:spec": Object.fromEntries(Object.keys(desired.spec ?? {}).map((field) => [`f:${field}`, {}])),
  };
  const managedFields = [{ manager: FIELD_MANAGER, operation: "Apply", fieldsV1 } as const];
  const annotations = revision === undefined ? {} : { [ANNOTATIONS.retried]: revision };
  const metadata = { ...desired.metadata, generation: 1, resourceVersion: "7", annotations, managedFields };
  return { ...desired, metadata };
}

function stalled(reason: string, revision: string): HelmRelease {
  const at = { observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z" };
  const condition = { ...at, type: "Stalled", status: "True", reason, message: "" } as const;
  return { ...existing(revision), status: { observedGeneration: 1, conditions: [condition] } };
}

function failing(revision: string): HelmRelease {
  const at = { observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z" };
  const condition = { ...at, type: "Released", status: "False", reason: "InstallFailed", message: "" } as const;
  return { ...existing(revision), status: { observedGeneration: 1, conditions: [condition] } };
}
