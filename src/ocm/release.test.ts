import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease, changeForDeletion, type HelmRelease, isSuspendedBy } from "../flux/helm-release.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { waitBeforeHandOver } from "./takeover.ts";

type As = { readonly suspend?: boolean; readonly by?: string; readonly going?: boolean };

function release({ suspend = false, by = FIELD_MANAGER, going = false }: As = {}): HelmRelease {
  const built = buildHelmRelease(
    { namespace: "tenant", name: "release" },
    { chartName: "c", releaseName: "r", targetNamespace: "t", kubeconfigSecret: "kubeconfig", interval: "1m0s" },
  );
  const fieldsV1 = { "f:spec": { "f:suspend": {} } };
  const metadata = {
    ...built.metadata,
    ...(going && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    ...(suspend && { managedFields: [{ manager: by, operation: "Update", fieldsV1 } as const] }),
  };
  return { ...built, metadata, ...(built.spec && suspend && { spec: { ...built.spec, suspend } }) };
}

describe("the suspension of a HelmRelease", () => {
  it("is this provider's or somebody else's, as the API server has noted", () => {
    assert.equal(isSuspendedBy(release({ suspend: true }), FIELD_MANAGER), true);
    assert.equal(isSuspendedBy(release({ suspend: true, by: "kubectl" }), FIELD_MANAGER), false);
    assert.equal(isSuspendedBy(release(), FIELD_MANAGER), false);
  });
});

const resumed = (name: string): object => ({ suspend: null, kubeConfig: { secretRef: { name } } });

describe("a HelmRelease that is to be deleted", () => {
  const rows: readonly (readonly [string, HelmRelease, string | undefined, object | undefined])[] = [
    ["stays as it is when Flux can uninstall", release(), "kubeconfig", undefined],
    ["is pointed at access that was granted anew", release(), "other", resumed("other")],
    [
      "is resumed when the control plane is there again",
      release({ suspend: true }),
      "kubeconfig",
      resumed("kubeconfig"),
    ],
    ["is suspended when there is nothing to uninstall from", release(), undefined, { suspend: true }],
    ["is suspended once", release({ suspend: true }), undefined, undefined],
  ];
  for (const [behaviour, found, kubeconfig, expected] of rows) {
    it(behaviour, () => assert.deepEqual(changeForDeletion(found, kubeconfig), expected));
  }
});

describe("the HelmRelease of an earlier provider", () => {
  const rows: readonly (readonly [string, HelmRelease, boolean, string | undefined])[] = [
    ["stays at work until the new one can follow", release(), false, "TakingOver"],
    ["is put away then", release(), true, undefined],
    ["is put away further when this provider has suspended it before", release({ suspend: true }), true, undefined],
    ["stays suspended by somebody else", release({ suspend: true, by: "kubectl" }), true, "ReleaseSuspended"],
    ["is not put away twice", release({ going: true, suspend: true }), false, undefined],
  ];
  for (const [behaviour, old, isPrepared, expected] of rows) {
    it(behaviour, () => assert.equal(waitBeforeHandOver(old, isPrepared)?.reason, expected));
  }
});
