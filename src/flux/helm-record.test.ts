import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";

import type { Secret } from "../kube/core.ts";
import { isReleasedBy } from "./helm-record.ts";

const objects = { namespace: "mcp--1", names: ["sp-ocm-k8s-toolkit", "helm-release"] };
const neighbour = { namespace: "mcp--2" };
const ours = origin("sp-ocm-k8s-toolkit", objects.namespace);
/** The manifest of a chart that sets one label twice. */
const twice = `kind: Service\nmetadata:\n  labels:\n    app: a\n    app: a\n    ${ours}\n`;
const theirs = "app.kubernetes.io/managed-by: Helm";

type As = { readonly version?: number; readonly status?: string; readonly createdAt?: string };

/** Helm's record of a release whose Deployment has these labels, written in YAML. */
function record(
  labels: string,
  { version = 1, status = "pending-install", createdAt = "" }: As = {},
  first = "",
): Secret {
  const manifest = `${first}---
apiVersion: v1
kind: ConfigMap
metadata:
  name: words
data:
  text: |
    metadata:
      labels:
        ${ours}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    ${labels}
  name: controller
`;
  return packed(JSON.stringify({ name: "ocm-k8s-toolkit", version, manifest }), {
    creationTimestamp: createdAt,
    labels: { owner: "helm", name: "ocm-k8s-toolkit", version: String(version), status },
  });
}

function unnumbered(): Secret {
  const { metadata, ...rest } = record(theirs);
  return { ...rest, metadata: { ...metadata, labels: { owner: "helm", name: "ocm-k8s-toolkit" } } };
}

function packed(release: string, metadata: Partial<Secret["metadata"]> = {}): Secret {
  const data = { release: Buffer.from(gzipSync(release).toString("base64")).toString("base64") };
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "record", ...metadata }, data };
}

function origin(name: string, namespace: string): string {
  return `helm.toolkit.fluxcd.io/name: ${name}\n    helm.toolkit.fluxcd.io/namespace: ${namespace}`;
}

describe("a Helm release on a control plane", () => {
  const cases: readonly (readonly [string, readonly Secret[], boolean])[] = [
    ["is the tenant's when a HelmRelease of his has rendered it", [record(ours)], true],
    ["is the tenant's when an earlier provider has", [record(origin("helm-release", objects.namespace))], true],
    ["is somebody else's when no HelmRelease has", [record(theirs)], false],
    [
      "is a neighbour's on a cluster that both have",
      [record(origin("sp-ocm-k8s-toolkit", neighbour.namespace))],
      false,
    ],
    ["is that of another HelmRelease of the same namespace", [record(origin("other", objects.namespace))], false],
    ["is whose the newest version is", [record(ours, { version: 9 }), record(theirs, { version: 10 })], false],
    ["is the tenant's when he has upgraded it", [record(ours, { version: 2 }), record(theirs, { version: 1 })], true],
    ["is the tenant's however early it was", [record(ours, { createdAt: "2020-01-01T00:00:00Z" })], true],
    ["is somebody else's however late it was", [record(theirs, { createdAt: "2030-01-01T00:00:00Z" })], false],
    ["is whose the newest version is, beside a record without one", [record(ours), unnumbered()], true],
    ["is the tenant's although one of its objects is YAML that only Helm can read", [record(ours, {}, twice)], true],
    ["is none when it was uninstalled with its history kept", [record(ours, { status: "uninstalled" })], false],
    ["is none where Helm has no record", [], false],
    ["is nobody's when Helm could not read its record either", [packed("{}"), packed("not JSON")], false],
  ];
  for (const [behaviour, records, expected] of cases) {
    it(behaviour, () => {
      assert.equal(isReleasedBy(records, objects), expected);
    });
  }

  it("is nobody's when its record is no record at all", () => {
    assert.equal(isReleasedBy([{ ...record(ours), data: { release: "c29tZXRoaW5n" } }], objects), false);
  });
});
