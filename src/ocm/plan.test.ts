import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease } from "../flux/helm-release.ts";
import type { OCM, ProviderConfig } from "./api/objects.ts";
import { type Plan, planOf, toolkitRelease } from "./plan.ts";
import type { State } from "./state.ts";
import { namesOf } from "./names.ts";
import { operatorWith, settingsOf } from "./testing/operator-objects.ts";

type Spec = NonNullable<ProviderConfig["spec"]>;

const objects = namesOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const nothing: State = {
  controlPlane: "present",
  clusterRequest: undefined,
  accessRequest: undefined,
  accessRequests: [],
  access: { state: "absent", message: "" },
  copies: [],
  source: undefined,
  lookup: undefined,
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

function ocmOf(version: string): OCM {
  const metadata = { name: "mcp-01", namespace: "project-x--ws-y" };
  return { apiVersion: "ocm.services.openmcp.cloud/v1alpha1", kind: "OCM", metadata, spec: { version } };
}

function plan(version: string, spec: Spec, state: State = nothing): Plan {
  const reading = { settings: settingsOf(spec), revision: "1", operator: operatorWith({}) };
  return planOf(ocmOf(version), reading, { names: objects, state });
}

/** Returns the state after the provider has written every object of a plan. */
function installed(by: Plan): State {
  return { ...nothing, source: by.source, release };
}

describe("planOf", () => {
  it("annotates the version on a source whose reference names another one", () => {
    const { source } = plan("stable", { versions: [{ version: "stable", chartVersion: "0.4.0" }] });

    assert.deepEqual(source?.spec?.ref, { tag: "0.4.0" });
    assert.equal(source.metadata.annotations?.[VERSION], "stable");
    assert.equal(
      plan("0.4.0", { versions: [{ version: "0.4.0" }] }).source?.metadata.annotations?.[VERSION],
      undefined,
    );
  });

  it("waits with a version that a Discovery may have, and keeps it where it is installed", () => {
    const spec = { versions: [{ version: "0.5.0" }], versionsFrom: { name: "toolkit" } };
    const state = installed(plan("0.4.0", {}));

    const waiting = plan("0.4.0", spec);
    const kept = plan("0.4.0", spec, state);

    assert.deepEqual([waiting.blocker?.state, waiting.blocker?.reason], ["waiting", "VersionsUnknown"]);
    assert.deepEqual([kept.kept?.reason, kept.source], ["SettingsNotInForce", undefined]);
    assert.ok(plan("0.5.0", spec).source);
  });

  it("begins nothing with a version that is not on offer", () => {
    const { source } = plan("0.4.0", {});

    for (const state of [nothing, { ...nothing, source }]) {
      const { blocker, ...others } = plan("0.4.0", { versions: [{ version: "0.5.0" }] }, state);

      assert.equal(blocker?.reason, "VersionNotOffered");
      assert.deepEqual(others, { copies: [] });
    }
  });

  it("leaves an installation as it is if its version is withdrawn", () => {
    const { kept, ...others } = plan("0.4.0", { versions: [{ version: "0.5.0" }] }, installed(plan("0.4.0", {})));

    assert.equal(kept?.reason, "VersionWithdrawn");
    assert.deepEqual(others, { copies: [], targetSecrets: { secrets: [], isComplete: false } });
  });
});

describe("planOf for a version that is withdrawn, once access is moved", () => {
  const access = { state: "granted", secretName: "moved", message: "" } as const;
  const state: State = { ...installed(plan("0.4.0", {})), access };

  it("changes nothing but the kubeconfig", () => {
    const { kept, release: desired } = plan("0.4.0", { versions: [{ version: "0.5.0" }] }, state);

    assert.equal(kept?.reason, "VersionWithdrawn");
    assert.equal(desired?.spec?.kubeConfig.secretRef.name, "moved");
    assert.equal(desired.spec.interval, release.spec?.interval);
  });

  it("changes nothing more", () => {
    const moved = toolkitRelease(objects, { kubeconfigSecret: "moved", interval: "1m" });

    const { release: desired } = plan("0.4.0", { versions: [{ version: "0.5.0" }] }, { ...state, release: moved });

    assert.equal(desired, undefined);
  });
});

describe("planOf while the settings are invalid, and no valid settings are known", () => {
  const message = 'ProviderConfig "ocm" is not valid: spec.chartURL: bad';
  const reading = { blocker: { state: "failed", reason: "InvalidProviderConfig", message } } as const;

  it("leaves an installation as it is", () => {
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
      assert.deepEqual(planOf(ocmOf("0.5.0"), reading, { names: objects, state }), { copies: [], ...reading });
    }
  });
});

const markOf = (state: State): unknown => plan("0.4.0", {}, state).source?.metadata.annotations?.[INSTALLED_ON];

describe("the OCIRepository", () => {
  const granted = { state: "granted", secretName: "kubeconfig", message: "" } as const;

  it("names the cluster of the release from the first access on, as long as the OCIRepository exists", () => {
    assert.equal(markOf(nothing), undefined);
    assert.equal(markOf({ ...nothing, access: granted }), "mcp");
    assert.equal(markOf({ ...nothing, source: plan("0.4.0", {}, { ...nothing, access: granted }).source }), "mcp");
  });

  for (const mark of ["takeover", "unseen-release", "toolkit-secrets"]) {
    it(`names the cluster if an earlier version of this provider has set ${mark}`, () => {
      const { source } = plan("0.4.0", {});
      assert.ok(source);
      const annotations = { [`ocm.services.openmcp.cloud/${mark}`]: "true" };

      assert.equal(markOf({ ...nothing, source: { ...source, metadata: { ...source.metadata, annotations } } }), "mcp");
    });
  }
});
