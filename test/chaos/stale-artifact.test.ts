import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { createMetrics } from "../../src/runtime/metrics.ts";
import { conditionOf, isReady } from "../support/ocm-status.ts";
import { TENANTS } from "./tenants.ts";
import { People } from "./people.ts";
import { World } from "./world.ts";

const metrics = createMetrics({ clock: { now: () => 0, sleep: () => Promise.resolve() } });
const tenant = TENANTS.one;
const SOURCES = "ocirepositories.source.toolkit.fluxcd.io";
const NEWS_ARE_LATE_BY_MS = 20;
const A_WHILE_MS = 10_000;

describe("an artifact that Flux calls ready for the present tag although it is of another one", () => {
  it("makes nobody Ready, until Flux notices", async () => {
    const world = await World.start({ seed: 1, replicas: 1, tempo: "fast", watchDelayMs: 0, metrics });
    const people = new People(world);
    world.begin();
    await world.clock.runUntil(people.order(tenant));
    await people.ask(tenant, "0.4.0");
    await world.clock.runUntil(people.ready(tenant, "0.4.0"));
    const source = (): Obj => world.ground.platform.api.objects(SOURCES)[0] ?? assert.fail("expected a source");
    const artifact = (): string => textAt(source(), "status", "artifact", "revision");

    world.components.delayNews("source-controller", NEWS_ARE_LATE_BY_MS);
    await people.change(tenant, "0.5.0");
    await world.clock.runUntil(() => conditionOf(source(), "ArtifactOutdated")?.status === "True");
    await people.change(tenant, "0.4.0");
    await world.clock.advance(A_WHILE_MS);

    assert.equal(valueAt(source(), "status", "observedGeneration"), source().metadata.generation);
    assert.equal(conditionOf(source(), "Ready")?.status, "True");
    assert.match(artifact(), /^0\.5\.0@/u);
    const meanwhile = people.find(tenant);
    assert.ok(meanwhile !== undefined && !isReady(meanwhile));
    assert.equal(meanwhile.status?.phase, "Progressing");

    await world.clock.runUntil(people.ready(tenant, "0.4.0"));
    assert.match(artifact(), /^0\.4\.0@/u);
    await world.stop();
  });
});
