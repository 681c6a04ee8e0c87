import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease } from "../flux/helm-release.ts";
import type { OCM, ProviderConfig } from "./api/objects.ts";
import { type Plan, planOf } from "./plan.ts";
import { readSettings } from "./settings.ts";
import type { State } from "./state.ts";
import { namesOf } from "./names.ts";
import { operatorWith } from "./testing/operator-objects.ts";

type Spec = NonNullable<ProviderConfig["spec"]>;

const objects = namesOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const nothing: State = {
  controlPlane: "present",
  clusterRequest: undefined,
  accessRequest: undefined,
  access: { state: "absent", message: "" },
  copies: [],
  source: undefined,
  release: undefined,
};
const release = buildHelmRelease(objects.toolkit, {
  chartName: "c",
  releaseName: "r",
  targetNamespace: "n",
  kubeconfigSecret: "k",
  interval: "1m",
});

const INSTALLED_ON = "ocm.services.openmcp.cloud/installed-on";
const VERSION = "ocm.services.openmcp.cloud/version";
const operator = operatorWith({});

function ocmOf(version: string): OCM {
  const metadata = { name: "mcp-01", namespace: "project-x--ws-y" };
  return { apiVersion: "ocm.services.openmcp.cloud/v1alpha1", kind: "OCM", metadata, spec: { version } };
}

function plan(version: string, spec: Spec, state: State = nothing): Plan {
  const ocm = ocmOf(version);
  const config = readSettings({ apiVersion: ocm.apiVersion, kind: "ProviderConfig", metadata: { name: "ocm" }, spec });
  return planOf(ocm, { config, revision: "1", operator }, { names: objects, state });
}

/** What is observed after everything that a plan wants was written. */
function installed(by: Plan): State {
  return { ...nothing, source: by.source, release };
}

describe("planOf with versions on offer", () => {
  it("passes every version through while there are none", () => {
    assert.deepEqual(plan("9.9.9", {}).source?.spec?.ref, { tag: "9.9.9" });
  });

  it("notes the version on a source that does not tell it", () => {
    const { source } = plan("stable", { versions: [{ version: "stable", chartVersion: "0.4.0" }] });

    assert.deepEqual(source?.spec?.ref, { tag: "0.4.0" });
    assert.equal(source.metadata.annotations?.[VERSION], "stable");
    assert.equal(
      plan("0.4.0", { versions: [{ version: "0.4.0" }] }).source?.metadata.annotations?.[VERSION],
      undefined,
    );
  });

  it("refuses what is not on offer, letter by letter, and lists what is", () => {
    for (const wanted of ["0.4", "v0.4.0", "0.4.0 ", "0.4.0@sha256:1"]) {
      assert.deepEqual(plan(wanted, { versions: [{ version: "0.4.0" }, { version: "0.5.0" }] }), {
        copies: [],
        blocker: {
          state: "failed",
          reason: "VersionNotOffered",
          message: `spec.version: "${wanted}" is not offered (on offer: 0.4.0, 0.5.0)`,
        },
      });
    }
  });

  it("lists a good many of them and says how many more there are", () => {
    const versions = Array.from({ length: 25 }, (_, index) => ({ version: `0.${index}.0` }));

    assert.match(plan("1", { versions }).blocker?.message ?? "", /0\.19\.0 and 5 more\)$/);
  });

  const offers: readonly Spec[] = [
    {},
    { versions: [{ version: "0.4.0" }] },
    { versions: [{ version: "0.4.0", chartVersion: "1.2.3" }] },
    { versions: [{ version: "0.4.0", chartVersion: `1.2.3@sha256:${"a".repeat(64)}` }] },
  ];
  for (const spec of offers) {
    it(`leaves alone what was installed by ${JSON.stringify(spec).slice(0, 80)} and is withdrawn`, () => {
      const before = installed(plan("0.4.0", spec));

      assert.deepEqual(plan("0.4.0", { versions: [{ version: "0.5.0" }] }, before), {
        copies: [],
        targetSecrets: { secrets: [], isComplete: false },
        kept: {
          reason: "VersionWithdrawn",
          message: 'version "0.4.0" is not offered any more and stays as it is (on offer: 0.5.0)',
        },
      });
    });
  }

  it("does not take what another version has left for an installation of this one", () => {
    const before = installed(plan("stable", { versions: [{ version: "stable", chartVersion: "0.4.0" }] }));

    const { blocker } = plan("0.4.0", { versions: [{ version: "0.5.0" }] }, before);

    assert.equal(blocker?.reason, "VersionNotOffered");
  });

  it("begins no installation of a version that was withdrawn before there was a release", () => {
    const { source } = installed(plan("0.4.0", {}));

    const { blocker } = plan("0.4.0", { versions: [{ version: "0.5.0" }] }, { ...nothing, source });

    assert.equal(blocker?.reason, "VersionNotOffered");
  });
});

describe("planOf while the settings are not valid, and none are remembered", () => {
  const message = 'ProviderConfig "ocm" is not valid: spec.chartURL: bad';
  const reading = { hindrance: { state: "failed", reason: "InvalidProviderConfig", message } } as const;

  it("leaves alone what is installed", () => {
    const state = installed(plan("0.4.0", {}));

    assert.deepEqual(planOf(ocmOf("0.4.0"), reading, { names: objects, state }), {
      copies: [],
      kept: {
        reason: "SettingsNotInForce",
        message: `version 0.4.0 is installed and stays as it is while ${message}`,
      },
    });
  });

  it("begins nothing, neither for a new tenant nor for another version", () => {
    for (const state of [nothing, installed(plan("0.4.0", {}))]) {
      assert.deepEqual(planOf(ocmOf("0.5.0"), reading, { names: objects, state }), {
        copies: [],
        blocker: reading.hindrance,
      });
    }
  });
});

const markOf = (state: State): unknown => plan("0.4.0", {}, state).source?.metadata.annotations?.[INSTALLED_ON];

describe("the OCIRepository", () => {
  const granted = { state: "granted", secretName: "kubeconfig", message: "" } as const;

  it("says on which cluster there may be a release as soon as there may be one, and as long as it exists", () => {
    assert.equal(markOf(nothing), undefined);
    assert.equal(markOf({ ...nothing, access: granted }), "mcp");
    assert.equal(markOf({ ...nothing, source: plan("0.4.0", {}, { ...nothing, access: granted }).source }), "mcp");
  });

  for (const mark of ["takeover", "unseen-release", "toolkit-secrets"]) {
    it(`says so when an earlier version of this provider has noted ${mark}`, () => {
      const { source } = plan("0.4.0", {});
      assert.ok(source);
      const annotations = { [`ocm.services.openmcp.cloud/${mark}`]: "true" };

      assert.equal(markOf({ ...nothing, source: { ...source, metadata: { ...source.metadata, annotations } } }), "mcp");
    });
  }
});
