import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ref } from "../support/kinds.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ocm, PULL_SECRET } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };

describe("the annotation that asks for a check", () => {
  it("stops no pass when the server refuses to have it removed", async () => {
    let isRefused = false;
    const text = JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code: 422, reason: "Invalid" });
    const world = await SimulatedWorld.start(4, ({ text: request, send }) =>
      isRefused && /PATCH .*\/ocms\/mcp-01$/.test(request)
        ? Promise.resolve({ status: 422, headers: {}, body: chunksOf(text) })
        : send(),
    );
    const { platform, onboarding, charts } = world.simulation;
    const [version = ""] = charts.versions;
    world.startProvider();
    await world.clock.runUntil(world.simulation.orderControlPlane(plane));
    await onboarding.client.create(ocm(plane, version));
    await world.untilOcm(plane, isInstalled(version));
    const copy = ref("secret", `sp-ocm-${PULL_SECRET}`, tenantNamespace(plane.name, plane.namespace));

    isRefused = true;
    await onboarding.client.patchMerge(ref("ocm", plane.name, plane.namespace), {
      metadata: { annotations: { "openmcp.cloud/operation": "reconcile" } },
    });
    await world.clock.advance(150_000);
    await platform.client.delete(copy);
    await world.clock.advance(10_000);

    assert.notEqual(await platform.client.find(copy), undefined);
    await world.stop();
  });
});

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
