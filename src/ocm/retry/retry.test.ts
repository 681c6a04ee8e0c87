import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease, type HelmRelease } from "../../flux/helm-release.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { INPUTS_MARK, inputsOf, markInputs, markWish } from "./inputs-mark.ts";
import { retryToken } from "./retry-token.ts";
import { revisionOf } from "./revision-of.ts";

const QUIET = { force: false };

describe("retrying what Flux has given up", () => {
  for (const reason of ["RetriesExceeded", "MissingRollbackTarget"]) {
    it(`happens once after a change when Flux stopped for ${reason}`, () => {
      const live = stalled(reason, "before");
      const desired = markInputs(wanted(), live, "now");

      assert.equal(retryToken(live, desired, QUIET), "now.7");

      const retried = stalled(reason, "now");
      assert.equal(retryToken(retried, markInputs(wanted(), retried, "now"), QUIET), undefined);
    });
  }

  it("happens without a change when somebody asks for a check without shortcuts", () => {
    const live = stalled("RetriesExceeded", "now");

    assert.equal(retryToken(live, markInputs(wanted(), live, "now"), { force: true }), "now.7");
  });

  it("happens once for somebody who asked while the last attempt was failing", () => {
    const live = failing("now");
    const wished = markWish(markInputs(wanted(), live, "now"), live, { force: true });

    const givenUp = stalled("RetriesExceeded", inputsOf(wished) ?? "");
    const desired = markInputs(wanted(), givenUp, "now");
    assert.equal(retryToken(givenUp, desired, QUIET), "now.7");

    const retried = stalled("RetriesExceeded", inputsOf(desired) ?? "");
    assert.equal(retryToken(retried, markInputs(wanted(), retried, "now"), QUIET), undefined);
  });

  it("is not put off by a wish where nothing fails", () => {
    const live = existing("now");
    const desired = markInputs(wanted(), live, "now");

    assert.deepEqual(markWish(desired, live, { force: true }), desired);
    assert.deepEqual(markWish(desired, failing("now"), QUIET), desired);
  });

  it("is left to Flux when the spec changes", () => {
    const live = stalled("RetriesExceeded", "before");
    const desired = markInputs(wanted("5m0s"), live, "now");

    assert.equal(retryToken(live, desired, QUIET), undefined);
    assert.equal(inputsOf(desired), "now");
  });

  it("does not happen where no attempt can help, or none is over", () => {
    for (const live of [stalled("InvalidChartReference", "before"), existing("before"), undefined]) {
      assert.equal(retryToken(live, markInputs(wanted(), live, "now"), { force: true }), undefined);
    }
  });
});

describe("marking a release with the operator's settings", () => {
  it("begins with a new release", () => {
    assert.equal(inputsOf(markInputs(wanted(), undefined, "now")), "now");
  });

  it("does not touch a release that nothing else changes", () => {
    assert.equal(inputsOf(markInputs(wanted(), existing("before"), "now")), "before");
    assert.deepEqual(markInputs(wanted(), existing(undefined), "now"), wanted());
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

/** A release as the provider has applied it, marked with `inputs`. */
function existing(inputs: string | undefined): HelmRelease {
  const { spec, ...release } = wanted();
  const fieldsV1 = {
    ...(inputs !== undefined && { "f:metadata": { "f:annotations": { [`f:${INPUTS_MARK}`]: {} } } }),
    "f:spec": Object.fromEntries(Object.keys(spec ?? {}).map((field) => [`f:${field}`, {}])),
  };
  const managedFields = [{ manager: FIELD_MANAGER, operation: "Apply", fieldsV1 } as const];
  const annotations = inputs === undefined ? {} : { [INPUTS_MARK]: inputs };
  const metadata = { name: "toolkit", generation: 1, resourceVersion: "7", annotations, managedFields };
  return { ...release, metadata, ...(spec !== undefined && { spec }) };
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
