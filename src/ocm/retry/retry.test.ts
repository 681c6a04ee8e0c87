import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease, type HelmRelease } from "../../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../../flux/oci-repository.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { releaseAttempts as attempts, sourceAttempts } from "./attempts.ts";
import { ANNOTATIONS } from "../annotations.ts";
import { inputsOf, markInputs, markWish } from "./inputs-mark.ts";
import { retryToken } from "./retry-token.ts";
import { revisionOf } from "./revision-of.ts";

const QUIET = { force: false };

const marked = (desired: HelmRelease, live: HelmRelease | undefined, revision: string): HelmRelease =>
  markInputs(desired, live, { revision, attempts });
const tokenOf = (live: HelmRelease | undefined, desired: HelmRelease, { force }: typeof QUIET): string | undefined =>
  retryToken(live, desired, { force, attempts });

describe("retrying what Flux has given up", () => {
  for (const reason of ["RetriesExceeded", "MissingRollbackTarget"]) {
    it(`happens once after a change when Flux stopped for ${reason}`, () => {
      const live = stalled(reason, "before");
      const desired = marked(wanted(), live, "now");

      assert.equal(tokenOf(live, desired, QUIET), "now.7");

      const retried = stalled(reason, "now");
      assert.equal(tokenOf(retried, marked(wanted(), retried, "now"), QUIET), undefined);
    });
  }

  it("happens without a change when somebody asks for a check without shortcuts", () => {
    const live = stalled("RetriesExceeded", "now");

    assert.equal(tokenOf(live, marked(wanted(), live, "now"), { force: true }), "now.7");
  });

  it("happens once for somebody who asked while the last attempt was failing", () => {
    const live = failing("now");
    const wished = markWish(marked(wanted(), live, "now"), live, { force: true });

    const givenUp = stalled("RetriesExceeded", inputsOf(wished) ?? "");
    const desired = marked(wanted(), givenUp, "now");
    assert.equal(tokenOf(givenUp, desired, QUIET), "now.7");

    const retried = stalled("RetriesExceeded", inputsOf(desired) ?? "");
    assert.equal(tokenOf(retried, marked(wanted(), retried, "now"), QUIET), undefined);
  });

  it("is not put off by a wish where nothing fails", () => {
    const live = existing("now");
    const desired = marked(wanted(), live, "now");

    assert.deepEqual(markWish(desired, live, { force: true }), desired);
    assert.deepEqual(markWish(desired, failing("now"), QUIET), desired);
  });

  it("is left to Flux when the spec changes", () => {
    const live = stalled("RetriesExceeded", "before");
    const desired = marked(wanted("5m0s"), live, "now");

    assert.equal(tokenOf(live, desired, QUIET), undefined);
    assert.equal(inputsOf(desired), "now");
  });

  it("does not happen where no attempt can help, or none is over", () => {
    for (const live of [stalled("InvalidChartReference", "before"), existing("before"), undefined]) {
      assert.equal(tokenOf(live, marked(wanted(), live, "now"), { force: true }), undefined);
    }
  });
});

describe("fetching again what could not be fetched", () => {
  const desired = buildOCIRepository({ name: "chart" }, { url: "oci://r/c", ref: { tag: "1.0.0" }, interval: "1m0s" });
  const tokenNow = (live: OCIRepository, force = false): string | undefined => {
    const options = { revision: "now", attempts: sourceAttempts };
    return retryToken(live, markInputs(desired, live, options), { force, attempts: sourceAttempts });
  };
  const fetched = (inputs: string, status: "True" | "False"): OCIRepository => {
    const live = applied(desired, inputs);
    const at = { observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z" };
    const conditions = [{ ...at, type: "Ready", status, reason: "Any", message: "" }];
    return { ...live, status: { observedGeneration: 1, conditions, artifact: { revision: "1.0.0@sha256:0" } } };
  };

  it("happens once after a change that the operator has made since", () => {
    assert.equal(tokenNow(fetched("before", "False")), "now.7");
    assert.equal(tokenNow(fetched("now", "False")), undefined);
  });

  it("happens when somebody asks for a check without shortcuts", () => {
    assert.equal(tokenNow(fetched("now", "False"), true), "now.7");
  });

  it("does not happen while all is well", () => {
    assert.equal(tokenNow(fetched("before", "True"), true), undefined);
  });
});

describe("marking a release with the operator's settings", () => {
  it("begins with a new release", () => {
    assert.equal(inputsOf(marked(wanted(), undefined, "now")), "now");
  });

  it("does not touch a release that nothing else changes", () => {
    assert.equal(inputsOf(marked(wanted(), existing("before"), "now")), "before");
    assert.deepEqual(marked(wanted(), existing(undefined), "now"), wanted());
  });
});

describe("revision of settings", () => {
  const config = {
    apiVersion: "v1",
    kind: "C",
    metadata: { name: "c", uid: "1", generation: 3, resourceVersion: "5" },
  };
  const secret = { apiVersion: "v1", kind: "S", metadata: { name: "s", uid: "2", resourceVersion: "6" } };
  const revision = revisionOf([config, secret]);

  it("moves with what the operator writes, and not with a status", () => {
    const statusWritten = { ...config, metadata: { ...config.metadata, resourceVersion: "9" } };
    const rotated = { ...secret, metadata: { ...secret.metadata, resourceVersion: "9" } };
    const changed = { ...config, metadata: { ...config.metadata, generation: 4 } };

    assert.equal(revisionOf([statusWritten, secret]), revision);
    const others = [revisionOf([config, rotated]), revisionOf([changed, secret]), revisionOf([config, undefined])];
    assert.equal(new Set([revision, ...others]).size, 4);
  });
});

function wanted(interval = "1m0s"): HelmRelease {
  return buildHelmRelease(
    { name: "toolkit" },
    { chartName: "chart", releaseName: "r", targetNamespace: "t", kubeconfigSecret: "k", interval },
  );
}

function existing(inputs: string | undefined): HelmRelease {
  return applied(wanted(), inputs);
}

/** An object as the provider has applied it, marked with `inputs`. */
function applied<T extends HelmRelease | OCIRepository>(desired: T, inputs: string | undefined): T {
  const fieldsV1 = {
    ...(inputs !== undefined && { "f:metadata": { "f:annotations": { [`f:${ANNOTATIONS.inputs}`]: {} } } }),
    "f:spec": Object.fromEntries(Object.keys(desired.spec ?? {}).map((field) => [`f:${field}`, {}])),
  };
  const managedFields = [{ manager: FIELD_MANAGER, operation: "Apply", fieldsV1 } as const];
  const annotations = inputs === undefined ? {} : { [ANNOTATIONS.inputs]: inputs };
  const metadata = { ...desired.metadata, generation: 1, resourceVersion: "7", annotations, managedFields };
  return { ...desired, metadata };
}

function stalled(reason: string, inputs: string): HelmRelease {
  const at = { observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z" };
  const condition = { ...at, type: "Stalled", status: "True", reason, message: "" } as const;
  return { ...existing(inputs), status: { observedGeneration: 1, conditions: [condition] } };
}

function failing(inputs: string): HelmRelease {
  const at = { observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z" };
  const condition = { ...at, type: "Released", status: "False", reason: "InstallFailed", message: "" } as const;
  return { ...existing(inputs), status: { observedGeneration: 1, conditions: [condition] } };
}
