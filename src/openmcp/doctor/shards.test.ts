import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Lease } from "../../kube/core.ts";
import { parseLabelSelector } from "../../kube/label-selector.ts";
import { leaseName, SHARD_LABEL } from "../service/shards.ts";
import { judgeShards } from "./shards.ts";

const MAIN = `!${SHARD_LABEL}`;
const A = `${SHARD_LABEL}=a`;
const now = "2026-01-01T00:01:00.000000Z";
const long = "2026-01-01T00:00:10.000000Z";

function lease(name: string, holderIdentity: string, { renewTime = now, selector = "" } = {}): Lease {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, annotations: { "test.example/watch-label-selector": selector } },
    spec: { holderIdentity, renewTime, leaseDurationSeconds: 15 },
  };
}

function leaseFor(selector: string, holder: string, renewTime = now): Lease {
  return lease(leaseName("ocm", parseLabelSelector(selector)), holder, { renewTime, selector });
}

function judge(...leases: readonly Lease[]) {
  const tenants = [{ [SHARD_LABEL]: "a" }, {}, {}];
  return judgeShards(tenants, {
    leases,
    namespace: "system",
    providerName: "ocm",
    group: "test.example",
    nowMs: Date.parse(now),
  });
}

describe("judgeShards", () => {
  it("is content when each tenant is served, and names the selectors", () => {
    const [finding, ...others] = judge(lease("sp-ocm", "x_1"), leaseFor(MAIN, "x_2"), leaseFor(A, "y_1"));

    assert.deepEqual([finding?.level, others], ["ok", []]);
    assert.ok(finding?.found.includes(`${MAIN}; ${A}`));
  });

  it("fails for a key that no process serves, or none does any more", () => {
    for (const ofA of [[], [leaseFor(A, "y_1", long)], [leaseFor(A, "")]]) {
      const [finding] = judge(lease("sp-ocm", "x_1"), leaseFor(MAIN, "x_2"), ...ofA);

      assert.equal(finding?.level, "failed");
      assert.equal(finding.found, 'no process serves 1 tenant: 1 with shard key "a"');
    }
  });

  it("warns when the processes of all selectors are gone, and none is known that serves all tenants", () => {
    const gone = [leaseFor(MAIN, "x_2", long), leaseFor(A, "")];
    for (const main of [[], [lease("sp-ocm", "x_1", { renewTime: long })], [lease("sp-ocm", "")]]) {
      const [finding, ...others] = judge(...gone, ...main);

      assert.deepEqual([finding?.level, others], ["warning", []]);
      assert.equal(finding?.found, `nobody holds the Lease of any selector any more: ${MAIN}; ${A}`);
      assert.match(finding.advice ?? "", /^kubectl -n system get /u);
    }
  });

  it("says nothing where one process serves all tenants, whatever was before", () => {
    assert.deepEqual(judge(), []);
    assert.deepEqual(judge(lease("sp-ocm", "x_1")), []);
    assert.deepEqual(judge(lease("sp-ocm", "x_1"), leaseFor(MAIN, "x_0", long), leaseFor(A, "y_1", long)), []);
    assert.deepEqual(judge(lease("sp-ocm", "x_1"), leaseFor(A, "y_1")), []);
  });
});
