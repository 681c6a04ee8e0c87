import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Obj } from "../sim/object.ts";
import { Scene } from "./scene.ts";
import { drawTree } from "./tree.ts";

function object(kind: string, name: string, fields: Readonly<Record<string, unknown>> = {}): Obj {
  return { apiVersion: "v1", kind, metadata: { name, namespace: "mcp--1", generation: 2 }, ...fields };
}

function ready(status: string, observedGeneration: number): Readonly<Record<string, unknown>> {
  const condition = { type: "Ready", status, reason: "SomeReason", message: "some message", observedGeneration };
  return { status: { conditions: [condition] } };
}

describe("drawTree", () => {
  it("draws places, namespaces and objects in the order in which one leads to the next", () => {
    const scene = new Scene();
    scene.takeAll("platform", "HelmRelease", [object("HelmRelease", "release", ready("True", 2))]);
    scene.takeAll("platform", "AccessRequest", [object("AccessRequest", "access", { status: { phase: "Granted" } })]);
    scene.takeAll("platform", "ProviderConfig", [
      { apiVersion: "v1", kind: "ProviderConfig", metadata: { name: "ocm", generation: 1 }, ...ready("False", 1) },
    ]);

    assert.deepEqual(
      drawTree(scene).map(({ text }) => text),
      [
        "onboarding",
        "platform",
        "├─ ProviderConfig ocm  not ready: SomeReason, some message",
        "└─ namespace mcp--1",
        "   ├─ AccessRequest access  Granted",
        "   └─ HelmRelease release  Ready: SomeReason, some message",
        "control plane",
      ],
    );
  });

  it("draws each of several control planes under its name", () => {
    const scene = new Scene();
    scene.takeAll("control plane mcp-02", "Deployment", [object("Deployment", "manager")]);
    scene.takeAll("control plane mcp-01", "Deployment", [object("Deployment", "manager")]);

    const places = drawTree(scene).filter(({ text }) => text.startsWith("control plane"));

    assert.deepEqual(
      places.map(({ text }) => text),
      ["control plane mcp-01", "control plane mcp-02"],
    );
  });

  it("does not take the condition of an older generation for the current one", () => {
    const scene = new Scene();
    scene.takeAll("platform", "HelmRelease", [object("HelmRelease", "release", ready("True", 1))]);

    const [line] = drawTree(scene).filter(({ text }) => text.includes("HelmRelease"));

    assert.deepEqual(line, { text: "   └─ HelmRelease release  in progress", mood: "busy" });
  });

  it("lists the conditions of an OCM under it", () => {
    const scene = new Scene();
    const conditions = [
      { type: "Ready", status: "False", reason: "Reconciling", message: "fetching" },
      { type: "AccessReady", status: "True", reason: "AccessGranted", message: "granted" },
      { type: "ChartReady", status: "False", reason: "ChartFetching", message: "fetching" },
    ];
    scene.takeAll("onboarding", "OCM", [object("OCM", "mcp-01", { status: { conditions } })]);

    const lines = drawTree(scene).map(({ text }) => text);

    assert.deepEqual(lines.slice(2, 5), [
      "   └─ OCM mcp-01  not ready: Reconciling, fetching",
      "      ├─ AccessReady True: AccessGranted, granted",
      "      └─ ChartReady False: ChartFetching, fetching",
    ]);
  });

  it("shows a Deployment, a Helm release and a deletion for what they are", () => {
    const scene = new Scene();
    const helm = { owner: "helm", status: "deployed", version: "2" };
    const secret = object("Secret", "sh.helm.release.v1.x.v2");
    scene.takeAll("control plane", "Deployment", [
      object("Deployment", "controller", { spec: { replicas: 2 }, status: { availableReplicas: 1 } }),
    ]);
    scene.takeAll("control plane", "Secret", [{ ...secret, metadata: { ...secret.metadata, labels: helm } }]);
    scene.takeAll("onboarding", "OCM", [
      { ...object("OCM", "mcp-01"), metadata: { name: "mcp-01", namespace: "a", deletionTimestamp: "now" } },
    ]);

    const text = drawTree(scene)
      .map((line) => line.text)
      .join("\n");

    assert.match(text, /Deployment controller {2}1 of 2 replicas available/);
    assert.match(text, /Secret sh\.helm\.release\.v1\.x\.v2 {2}Helm release, version 2, deployed/);
    assert.match(text, /OCM mcp-01 {2}being deleted$/m);
  });
});

describe("Scene", () => {
  it("tells its listeners what a new list does not hold any more", () => {
    const scene = new Scene();
    scene.takeAll("platform", "Secret", [object("Secret", "a"), object("Secret", "b")]);
    const seen: string[] = [];
    scene.onChange(({ type, object: { metadata } }) => seen.push(`${type} ${metadata.name}`));

    scene.takeAll("platform", "Secret", [object("Secret", "b"), object("Secret", "c")]);

    assert.deepEqual(seen, ["deleted a", "applied b", "applied c"]);
  });
});
