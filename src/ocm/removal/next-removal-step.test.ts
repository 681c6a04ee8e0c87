import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { type HelmRelease, buildHelmRelease } from "../../flux/helm-release.ts";
import type { OCIRepository } from "../../flux/oci-repository.ts";
import type { Secret } from "../../kube/core.ts";
import { ACCESS_FINALIZER, mcpAccessRequest } from "../../openmcp/platform/tenant-access.ts";
import { nextRemovalStep } from "./next-removal-step.ts";
import type { RemovalSituation, RemovalStep } from "./removal-step.ts";
import { ANNOTATIONS } from "../annotations.ts";
import { tenantObjectsOf } from "../tenant-objects.ts";

const objects = tenantObjectsOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const granted = { state: "granted", secretName: "kubeconfig", message: "" } as const;
const pending = { state: "pending", message: "" } as const;
const absent = { state: "absent", message: "" } as const;
const sourceWithSecrets: OCIRepository = {
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "OCIRepository",
  metadata: { ...objects.toolkit, annotations: { "ocm.services.openmcp.cloud/toolkit-secrets": "true" } },
};
const markedSource: OCIRepository = {
  ...sourceWithSecrets,
  metadata: { ...objects.toolkit, annotations: { [ANNOTATIONS.takeover]: "under-way" } },
};
const unseenSource: OCIRepository = {
  ...sourceWithSecrets,
  metadata: { ...objects.toolkit, annotations: { [ANNOTATIONS.unseenRelease]: "true" } },
};
const DELETED_AT = "2026-01-01T00:00:00Z";
const goingCopy: Secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "copy", namespace: objects.namespace, deletionTimestamp: DELETED_AT, finalizers: ["theirs"] },
};

function release(change: { suspend?: boolean; deleting?: boolean; secret?: string } = {}): HelmRelease {
  const metadata = { ...objects.toolkit, ...(change.deleting === true && { deletionTimestamp: DELETED_AT }) };
  const spec = buildHelmRelease(metadata, {
    chartName: "chart",
    releaseName: "r",
    targetNamespace: "t",
    kubeconfigSecret: change.secret ?? "kubeconfig",
    interval: "1m0s",
  });
  const built: HelmRelease = { ...spec, status: { history: [{ status: "deployed" }] } };
  return change.suspend === true && built.spec ? { ...built, spec: { ...built.spec, suspend: true } } : built;
}

const { status: _unknown, ...unseenRelease } = release();

function suspendedBy(manager: string): HelmRelease {
  const suspended = release({ suspend: true });
  const fieldsV1 = { "f:spec": { "f:suspend": {} } };
  const managedFields = [{ manager, operation: "Update" as const, apiVersion: suspended.apiVersion, fieldsV1 }];
  return { ...suspended, metadata: { ...suspended.metadata, managedFields } };
}

function situation(change: Partial<RemovalSituation> = {}): RemovalSituation {
  return {
    accessRequest: mcpAccessRequest(objects.tenant),
    access: granted,
    copies: [{ apiVersion: "v1", kind: "Secret", metadata: { name: "sp-ocm-pull" } }],
    source: { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository", metadata: objects.toolkit },
    release: release(),
    controlPlane: "present",
    userObjects: [],
    ...change,
  };
}

function accessBeingDeleted(finalizers: string[]): RemovalSituation["accessRequest"] {
  const { metadata, ...rest } = mcpAccessRequest(objects.tenant);
  return { ...rest, metadata: { ...metadata, deletionTimestamp: DELETED_AT, finalizers } };
}

describe("nextRemovalStep", () => {
  const cases: readonly (readonly [string, Partial<RemovalSituation>, RemovalStep["do"], string?])[] = [
    ["looks for user objects before it deletes the release", { userObjects: undefined as never }, "lookForUserObjects"],
    ["waits while user objects exist", { userObjects: [{ kind: "Repository", count: 2 }] }, "wait", "UserObjectsExist"],
    ["deletes the release once there are none", {}, "deleteRelease"],
    ["waits for the uninstallation", { release: release({ deleting: true }) }, "wait", "RemovingRelease"],
    ["asks for access again when it is missing", { access: absent, accessRequest: undefined }, "requestAccess"],
    [
      "notes that a release is being uninstalled before it asks for access again",
      { access: absent, accessRequest: undefined, release: release({ deleting: true }) },
      "rememberRelease",
    ],
    [
      "asks for access again while the release is being uninstalled",
      { access: absent, accessRequest: undefined, release: release({ deleting: true }), source: markedSource },
      "requestAccess",
    ],
    [
      "has Flux find a release again of which it has let go without the access",
      { release: undefined, source: markedSource },
      "takeOverRelease",
    ],
    ["waits for access", { access: pending }, "wait", "AccessPending"],
    ["says that access is denied", { access: { state: "denied", message: "denied" } }, "wait", "AccessDenied"],
    [
      "points the release at the secret that is granted now",
      { release: release({ secret: "old" }) },
      "pointReleaseAtAccess",
    ],
    [
      "does not delete a suspended release of a living control plane",
      { release: release({ suspend: true }) },
      "wait",
      "ReleaseSuspended",
    ],
    [
      "resumes a release that this provider has suspended",
      { release: suspendedBy("service-provider-ocm") },
      "resumeRelease",
    ],
    ["resumes none that somebody else has suspended", { release: suspendedBy("flux") }, "wait", "ReleaseSuspended"],
    [
      "gets access before it resumes a release",
      { release: suspendedBy("service-provider-ocm"), access: pending },
      "wait",
      "AccessPending",
    ],
    ["suspends the release of a control plane that is gone", { controlPlane: "gone" }, "suspendRelease"],
    [
      "deletes the suspended release of a control plane that is gone",
      { controlPlane: "gone", release: release({ suspend: true }) },
      "deleteRelease",
    ],
    ["removes the source after the release", { release: undefined }, "deleteSource"],
    ["needs no access for what was never installed", { release: undefined, access: pending }, "deleteSource"],
    ["notes that Flux has not begun yet, as far as it says", { release: unseenRelease }, "noteUnseenRelease"],
    ["deletes such a release once that is noted", { release: unseenRelease, source: unseenSource }, "deleteRelease"],
    ["looks for what Flux may have left behind", { release: undefined, source: unseenSource }, "lookForRelease"],
    [
      "has it taken over when there is something",
      { release: undefined, source: unseenSource, leftBehind: true },
      "rememberRelease",
    ],
    [
      "removes the source when there is nothing",
      { release: undefined, source: unseenSource, leftBehind: false },
      "deleteSource",
    ],
    [
      "keeps the source until it can be looked",
      { release: undefined, source: unseenSource, access: pending },
      "wait",
      "AccessPending",
    ],
    [
      "looks at no control plane that is gone",
      { release: undefined, source: unseenSource, access: absent, controlPlane: "gone" },
      "deleteSource",
    ],
    [
      "keeps the source that tells of secrets on a control plane until these can be removed",
      { release: undefined, source: sourceWithSecrets, access: pending },
      "wait",
      "AccessPending",
    ],
    ["removes such a source with the secrets", { release: undefined, source: sourceWithSecrets }, "deleteSource"],
    [
      "leaves secrets on a control plane that is gone",
      { release: undefined, source: sourceWithSecrets, access: absent, controlPlane: "gone" },
      "deleteSource",
    ],
    ["removes the copies after the source", { release: undefined, source: undefined }, "deleteCopies"],
    [
      "waits for who holds a copy that is going",
      { release: undefined, source: undefined, copies: [goingCopy] },
      "wait",
      "Removing",
    ],
    ["removes the access after the copies", { release: undefined, source: undefined, copies: [] }, "deleteAccess"],
    [
      "needs no access for the rest of it",
      { release: undefined, source: undefined, copies: [], access: pending },
      "deleteAccess",
    ],
    [
      "is finished when nothing is left",
      { release: undefined, source: undefined, copies: [], accessRequest: undefined, access: absent },
      "finish",
    ],
  ];
  for (const [behaviour, change, expected, reason] of cases) {
    it(behaviour, () => {
      const step = nextRemovalStep(situation(change));

      assert.deepEqual([step.do, "reason" in step ? step.reason : undefined], [expected, reason]);
    });
  }

  it("lets go of the access only when it is the last one that holds it", () => {
    const rest = { release: undefined, source: undefined, copies: [] };

    assert.equal(
      nextRemovalStep(situation({ ...rest, accessRequest: accessBeingDeleted([ACCESS_FINALIZER]) })).do,
      "letGoOfAccess",
    );
    assert.equal(
      nextRemovalStep(situation({ ...rest, accessRequest: accessBeingDeleted(["other", ACCESS_FINALIZER]) })).do,
      "wait",
    );
  });

  it("lets go of an access that somebody else has deleted, to ask for a new one", () => {
    const access = { state: "pending", message: "" } as const;

    const seen = { access, accessRequest: accessBeingDeleted([ACCESS_FINALIZER]) };
    assert.equal(nextRemovalStep(situation(seen)).do, "letGoOfAccess");
    const uninstalling = { ...seen, release: release({ deleting: true }) };
    assert.equal(nextRemovalStep(situation(uninstalling)).do, "rememberRelease");
    assert.equal(nextRemovalStep(situation({ ...uninstalling, source: markedSource })).do, "letGoOfAccess");
    const heldByOthers = { access, accessRequest: accessBeingDeleted([ACCESS_FINALIZER, "other"]) };
    assert.equal(nextRemovalStep(situation(heldByOthers)).do, "wait");
  });

  it("never touches source, copies or access while there is a release, whatever the state", () => {
    const situations = fc.record({
      accessRequest: fc.constantFrom(undefined, mcpAccessRequest(objects.tenant)),
      access: fc.constantFrom(granted, pending, absent),
      copies: fc.constant(situation().copies),
      source: fc.constantFrom(undefined, situation().source),
      release: fc
        .record({ suspend: fc.boolean(), deleting: fc.boolean(), secret: fc.constantFrom("kubeconfig", "old") })
        .map(release),
      controlPlane: fc.constantFrom<RemovalSituation["controlPlane"]>("present", "gone"),
      userObjects: fc.constantFrom([], [{ kind: "Repository", count: 1 }]),
    });
    const forbidden = ["deleteSource", "deleteCopies", "deleteAccess", "letGoOfAccess", "finish"];

    fc.assert(fc.property(situations, (some) => !forbidden.includes(nextRemovalStep(some).do)));
  });
});
