import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Deployment, Lease, Pod } from "../../kube/core.ts";
import { judgeLease, judgeReadiness, judgeReplicas } from "./replicas.ts";

const now = "2026-01-01T00:01:00.000000Z";
const place = { name: "sp-test", namespace: "system", replicas: 2, nowMs: Date.parse(now) };

function leaseWith(spec: Lease["spec"]): Lease {
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "sp-test" }, ...(spec && { spec }) };
}

describe("judgeLease", () => {
  const holderIdentity = "sp-test-1_3f2a";
  const cases = [
    { name: "none", lease: undefined, level: "failed" },
    { name: "none beside one replica", lease: undefined, replicas: 1, level: "ok" },
    { name: "none beside nobody knows how many replicas", lease: undefined, replicas: undefined, level: "unknown" },
    { name: "one that nobody holds", lease: leaseWith({ renewTime: now }), level: "failed" },
    {
      name: "one that was not renewed",
      lease: leaseWith({ holderIdentity, renewTime: "2026-01-01T00:00:40.000000Z", leaseDurationSeconds: 15 }),
      level: "failed",
    },
    { name: "one that was never renewed", lease: leaseWith({ holderIdentity }), level: "failed" },
    { name: "one that is renewed", lease: leaseWith({ holderIdentity, renewTime: now }), level: "ok" },
  ];
  for (const { name, lease, level, ...replicas } of cases) {
    it(`finds ${name} ${level}`, () => {
      assert.equal(judgeLease(lease, { ...place, ...replicas }).level, level);
    });
  }

  it("names the Pod that leads", () => {
    assert.equal(judgeLease(leaseWith({ holderIdentity, renewTime: now }), place).found, "sp-test-1 leads");
  });
});

function deploymentWith(ready: number): Deployment {
  const template = { metadata: {}, spec: { containers: [{ name: "manager" }] } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "sp-test" },
    spec: { replicas: 2, selector: {}, template },
    status: { readyReplicas: ready },
  };
}

function podOf(image: string): Pod {
  const waiting = { reason: "CrashLoopBackOff" };
  const status = { name: "manager", image, imageID: "", ready: false, restartCount: 7, state: { waiting } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "sp-test-1" },
    spec: { containers: [{ name: "manager", image }] },
    status: { containerStatuses: [status] },
  };
}

describe("judgeReplicas", () => {
  const version = "1.2.3+abc";
  const cases = [
    { name: "no Deployment", deployment: undefined, images: [], levels: ["unknown"] },
    { name: "all replicas", deployment: deploymentWith(2), images: ["r/p:v1.2.3", "r/p:v1.2.3"], levels: ["ok"] },
    { name: "one replica of two", deployment: deploymentWith(1), images: ["r/p:1.2.3"], levels: ["warning"] },
    { name: "no replica", deployment: deploymentWith(0), images: ["r/p:1.2.3"], levels: ["failed"] },
    {
      name: "two images",
      deployment: deploymentWith(2),
      images: ["r/p:1.2.3", "r/p:1.2.2"],
      levels: ["ok", "warning"],
    },
    {
      name: "another version",
      deployment: deploymentWith(2),
      images: ["r:5000/p:1.2.2@sha256:1"],
      levels: ["ok", "warning"],
    },
    { name: "an image by its digest", deployment: deploymentWith(2), images: ["r:5000/p@sha256:1"], levels: ["ok"] },
  ];
  for (const { name, deployment, images, levels } of cases) {
    it(`finds ${name} ${levels.join(" and ")}`, () => {
      const findings = judgeReplicas({ ...place, deployment, pods: images.map(podOf), version });

      assert.deepEqual(
        findings.map(({ level }) => level),
        levels,
      );
    });
  }

  it("looks at the provider's container, whatever others add to the pods", () => {
    const pod = podOf("p:1.2.3");
    const containers = [{ name: "proxy", image: "mesh/proxy:9.9.9" }, ...(pod.spec?.containers ?? [])];
    const pods = [{ ...pod, spec: { ...pod.spec, containers } }];

    const findings = judgeReplicas({ ...place, deployment: deploymentWith(2), pods, version });

    assert.deepEqual(
      findings.map(({ level }) => level),
      ["ok"],
    );
  });

  it("says why a replica is not ready", () => {
    const [finding] = judgeReplicas({ ...place, deployment: deploymentWith(0), pods: [podOf("p:1.2.3")], version });

    assert.match(finding?.found ?? "", /sp-test-1: CrashLoopBackOff after 7 restarts/u);
  });
});

describe("judgeReadiness", () => {
  it("says which probe fails", () => {
    const { level, found } = judgeReadiness({ status: 500, body: "[+] caches\n[-] queues: 3 ocm not served\n" });

    assert.equal(level, "failed");
    assert.match(found, /: queues: 3 ocm not served$/u);
    assert.equal(judgeReadiness({ status: 200, body: "[+] caches\n" }).level, "ok");
  });
});
