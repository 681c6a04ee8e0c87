import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeClient } from "../../kube/client.ts";
import type { CustomResourceDefinition } from "../../kube/core.ts";
import { installCrds, type CrdInstallation } from "./crds.ts";
import { playObject } from "./testing/play-object.ts";
import { waitDeps } from "./testing/wait-deps.ts";

type Conditions = Readonly<Record<string, "True" | "False">>;

function crd(conditions: Conditions = {}, cluster = "onboarding"): CustomResourceDefinition {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: "things.example.org",
      labels: { "openmcp.cloud/cluster": cluster },
      resourceVersion: Object.values(conditions).join("-"),
    },
    spec: { group: "example.org", scope: "Cluster", names: { kind: "Thing", plural: "things" }, versions: [] },
    status: {
      conditions: Object.entries(conditions).map(([type, status]) => ({
        type,
        status,
        reason: "Because",
        message: "taken by another CRD",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      })),
    },
  };
}

function installation(
  states: readonly CustomResourceDefinition[],
  crds: CrdInstallation["crds"] = [crd()],
): CrdInstallation & { readonly applied: string[] } {
  const applied: string[] = [];
  const apply = ((_resource: unknown, object: CustomResourceDefinition) => {
    applied.push(object.metadata.name);
    return Promise.resolve(object);
  }) as KubeClient["apply"];
  return {
    client: { ...playObject(...states), apply },
    cluster: "onboarding",
    crds,
    fieldManager: "test",
    timeoutMs: 60_000,
    applied,
  };
}

describe("installCrds", () => {
  it("returns when the API server serves the CRD", async () => {
    const served = crd({ NamesAccepted: "True", Established: "True" });
    const given = installation([crd(), crd({ NamesAccepted: "True" }), served]);

    await installCrds(given, waitDeps());

    assert.deepEqual(given.applied, ["things.example.org"]);
  });

  it("leaves out what belongs on other clusters", async () => {
    const given = installation([], [crd({}, "platform")]);

    await installCrds(given, waitDeps());

    assert.deepEqual(given.applied, []);
  });

  it("fails at once when the names are taken", async () => {
    await assert.rejects(
      installCrds(installation([crd(), crd({ NamesAccepted: "False", Established: "False" })]), waitDeps()),
      /names of CRD "things.example.org" are not accepted: taken by another CRD/u,
    );
  });

  it("fails when the CRD does not become established in time", async () => {
    await assert.rejects(
      installCrds(installation([crd({ NamesAccepted: "True" })]), waitDeps(60_000)),
      /gave up after 60 s while waiting for CRD "things.example.org" to be established/u,
    );
  });

  it("fails when the CRD is being deleted", async () => {
    const served = crd({ NamesAccepted: "True", Established: "True" });
    const dying = { ...served, metadata: { ...served.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };

    await assert.rejects(installCrds(installation([dying]), waitDeps()), /is being deleted/u);
  });
});
