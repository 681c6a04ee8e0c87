import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { refOf } from "../../sim/client.ts";
import { listAt, textAt, valueAt } from "../../sim/value-at.ts";
import { createMetrics } from "../../src/runtime/metrics.ts";
import { isReady } from "../support/ocm-status.ts";
import { TENANTS } from "./lives.ts";
import { People } from "./people.ts";
import { World } from "./world.ts";

const metrics = createMetrics({ clock: { now: () => 0, sleep: () => Promise.resolve() } });
const tenant = TENANTS.one;
const SOURCES = "ocirepositories.source.toolkit.fluxcd.io";

/** What a conflict leaves behind in the midst of changes of the tag: all is new but the artifact. */
async function callOldArtifactReady(world: World, source: Obj): Promise<void> {
  const { generation = 0 } = source.metadata;
  const conditions = listAt(source, "status", "conditions").map((one) => ({
    ...(one as object),
    observedGeneration: generation,
  }));
  await world.ground.platform.client.status(refOf(source), { observedGeneration: generation, conditions });
}

describe("an artifact that Flux calls ready for the present tag although it is of another one", () => {
  it("makes nobody Ready, until Flux notices", async () => {
    const world = await World.start({ seed: 1, replicas: 1, tempo: "fast", metrics });
    const people = new People(world);
    world.begin();
    await world.clock.runUntil(people.order(tenant));
    await people.ask(tenant, "0.4.0");
    await world.clock.runUntil(people.ready(tenant, "0.4.0"));
    const source = (): Obj => world.ground.platform.api.objects(SOURCES)[0] ?? assert.fail("expected a source");

    world.components.stop("source-controller");
    await people.change(tenant, "0.5.0");
    await world.clock.runUntil(() => textAt(source(), "spec", "ref", "tag") === "0.5.0");
    await callOldArtifactReady(world, source());
    await world.clock.advance(10_000);
    const meanwhile = people.find(tenant);
    world.components.start("source-controller");
    await world.clock.runUntil(people.ready(tenant, "0.5.0"));

    assert.ok(meanwhile !== undefined && !isReady(meanwhile));
    assert.equal(valueAt(meanwhile, "status", "phase"), "Progressing");
    await world.stop();
  });
});
