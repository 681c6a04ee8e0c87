import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { awaitReady, awaitReason, conditionOf } from "../support/ocm-status.ts";
import { ref } from "../support/kinds.ts";
import { startTlsFront, type TlsFront } from "../support/tls-front.ts";
import { ocm, POD_NAMESPACE, pullSecret, startRunningWorld, type World } from "../support/world.ts";

const NOT_PLAYED = process.env["GROUND"] === "real" ? false : "the stand-in of Flux speaks no TLS to registries";

describe("a registry with a private authority", { skip: NOT_PLAYED }, () => {
  let world: World;
  let front: TlsFront;
  before(async () => {
    world = await startRunningWorld();
    const { chartURL, dockerConfigJson } = world.ground.charts;
    const { host, pathname } = new URL(chartURL.replace("oci:", "http:"));
    front = await startTlsFront(`http://${host}`);
    await world.platform.create(pullSecret(dockerConfigJson.replaceAll(host, front.host), "private"));
    await world.platform.patchMerge(ref("providerConfig", "ocm"), {
      spec: { chartURL: `${front.host}${pathname}`, imagePullSecret: { name: "private" } },
    });
  });
  after(async () => {
    await world.stop();
    await front.close();
  });

  it("is not trusted before the operator says so, and then serves the chart", async () => {
    const tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    const [version = ""] = world.ground.charts.versions;
    await world.onboarding.create(ocm(tenant, version));
    const ours = ref("ocm", tenant.name, tenant.namespace);

    const failed = await awaitReason(world.onboarding, ours, "ChartReady", "ChartFetchFailed");
    assert.match(conditionOf(failed, "ChartReady")?.message ?? "", /OCIArtifactPullFailed/);

    const authorities = { name: "authorities", namespace: POD_NAMESPACE };
    await world.platform.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: authorities,
      data: { ca: front.caPem },
    });
    await world.platform.patchMerge(ref("providerConfig", "ocm"), {
      spec: { caBundleRef: { kind: "ConfigMap", name: authorities.name, key: "ca" } },
    });

    await awaitReady(world.onboarding, tenant, version);
  });
});
