import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KubeClient } from "../../kube/client.ts";
import { ForbiddenError } from "../../kube/errors.ts";
import type { KubeObject } from "../../kube/object.ts";
import { ManualClock } from "../../kube/testing/manual-clock.ts";
import { Script, type Step } from "../../kube/testing/script.ts";
import { isLeftBehind } from "./left-behind.ts";

const expect = "GET /api/v1/namespaces/ocm-k8s-toolkit-system/secrets/sh.helm.release.v1.ocm-k8s-toolkit.v1";
const source: KubeObject = {
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "OCIRepository",
  metadata: { name: "chart", creationTimestamp: "2026-01-01T12:00:00Z" },
};

function look(answer: Pick<Step, "status" | "json">): Promise<boolean> {
  const { transport } = new Script({ expect, ...answer });
  const client = new KubeClient({ transport, clock: new ManualClock(), random: () => 0, userAgent: "test" });
  return isLeftBehind(client, source, new AbortController().signal);
}

function record(creationTimestamp: string): Pick<Step, "json"> {
  return { json: { apiVersion: "v1", kind: "Secret", metadata: { name: "record", creationTimestamp } } };
}

function refusal(code: number, reason: string): Pick<Step, "status" | "json"> {
  return { status: code, json: { kind: "Status", code, reason } };
}

describe("what Flux leaves behind", () => {
  it("is a first attempt of Helm's that began after its source was there", async () => {
    assert.equal(await look(record("2026-01-01T12:00:00Z")), true);
    assert.equal(await look(record("2026-01-01T12:00:05Z")), true);
  });

  it("is not a release of somebody else that was there before", async () => {
    assert.equal(await look(record("2026-01-01T11:59:59Z")), false);
  });

  it("is nothing where Helm has no record", async () => {
    assert.equal(await look(refusal(404, "NotFound")), false);
  });

  it("is not known where nobody may look", async () => {
    await assert.rejects(look(refusal(403, "Forbidden")), ForbiddenError);
  });
});
