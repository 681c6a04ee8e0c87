import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";
import { listAt, textAt, valueAt } from "../value-at.ts";
import { toolkitChart } from "./toolkit-chart.ts";

const target = { name: "toolkit", namespace: "system" };

function render(version: string, values: JsonObject = {}): readonly Obj[] {
  return toolkitChart(version).render(target, values);
}

function crdsOf(version: string, values?: JsonObject): readonly Obj[] {
  return render(version, values).filter(({ kind }) => kind === "CustomResourceDefinition");
}

function policiesOf(crds: readonly Obj[]): ReadonlySet<string | undefined> {
  return new Set(crds.map(({ metadata }) => metadata.annotations?.["helm.sh/resource-policy"]));
}

function aggregatedBy(version: string, values?: JsonObject): readonly string[] {
  const names = render(version, values).map(({ metadata }) => metadata.name);
  return names.filter((name) => name.includes("aggregate"));
}

function networkPolicyOf(version: string, values: JsonObject): Obj | undefined {
  return render(version, values).find(({ kind }) => kind === "NetworkPolicy");
}

/** Kinds that a version has beside those of the version before. */
const newKinds: Readonly<Record<string, readonly string[]>> = {
  "0.4.0": ["Component", "Deployer", "Repository", "Resource"],
  "0.5.0": ["Replication"],
  "0.13.0": [],
  "0.16.0": ["Discovery", "NamespacedDeployer"],
  "1.0.0": [],
};

describe("the played chart", () => {
  const known: string[] = [];
  for (const [version, kinds] of Object.entries(newKinds)) {
    known.push(...kinds);
    const expected = known.toSorted();
    it(`has the kinds of ${version}, of which only Deployer is cluster-scoped`, () => {
      const scopeOf = Object.fromEntries(
        crdsOf(version).map((crd) => [textAt(crd, "spec", "names", "kind"), textAt(crd, "spec", "scope")]),
      );

      assert.deepEqual(Object.keys(scopeOf).toSorted(), expected);
      assert.deepEqual(
        Object.keys(scopeOf).filter((kind) => scopeOf[kind] === "Cluster"),
        ["Deployer"],
      );
    });
  }

  it("keeps its CRDs at the end unless it is told otherwise, and leaves them out when it is told so", () => {
    assert.deepEqual(policiesOf(crdsOf("0.16.0")), new Set(["keep"]));
    assert.deepEqual(policiesOf(crdsOf("0.16.0", { crd: { keep: false } })), new Set([undefined]));
    assert.deepEqual(crdsOf("0.16.0", { crd: { enable: false } }), []);
  });

  it("adds its kinds to the roles of the cluster from 0.13.0 on, unless it is told otherwise", () => {
    assert.deepEqual(aggregatedBy("0.5.0"), []);
    assert.deepEqual(aggregatedBy("0.13.0"), ["toolkit-aggregate-to-edit", "toolkit-aggregate-to-view"]);
    assert.deepEqual(aggregatedBy("0.13.0", { rbacHelpers: { aggregateToDefaultRoles: false } }), []);
  });

  it("has a network policy from 0.16.0 on when it is switched on, with the given way out or the usual one", () => {
    const enabled = { manager: { networkPolicy: { enabled: true } } };
    const egress = [{ ports: [{ port: 8443, protocol: "TCP" }] }];
    assert.equal(networkPolicyOf("0.13.0", enabled), undefined);
    assert.equal(networkPolicyOf("0.16.0", {}), undefined);
    assert.equal(listAt(networkPolicyOf("0.16.0", enabled), "spec", "egress").length, 2);
    const custom = networkPolicyOf("0.16.0", { manager: { networkPolicy: { enabled: true, egress } } });
    assert.deepEqual(valueAt(custom, "spec", "egress"), egress);
  });

  it("passes values on to the container", () => {
    const manager = { extraArgs: ["--zap-devel"], discovery: { safetyInterval: "5m" }, concurrency: { resource: 17 } };
    const argumentsOf = (version: string): readonly unknown[] => {
      const deployment = render(version, { manager }).find(({ kind }) => kind === "Deployment");
      return listAt(listAt(deployment, "spec", "template", "spec", "containers")[0], "args");
    };

    assert.deepEqual(argumentsOf("0.16.0").slice(2), [
      "--resource-controller-concurrency=17",
      "--discovery-controller-safety-interval=5m",
      "--zap-devel",
    ]);
    assert.deepEqual(argumentsOf("0.13.0").slice(2), ["--resource-controller-concurrency=17", "--zap-devel"]);
  });
});
