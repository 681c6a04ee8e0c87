import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";

import type { Obj } from "../../sim/object.ts";
import { valueAt } from "../../sim/value-at.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { awaitTenants } from "../support/await-tenants.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { chooseMetrics, type Metrics } from "../support/metrics.ts";
import { awaitReady, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { ProviderTraffic } from "../support/provider-traffic.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { startWorld, type Tenant, UNJUDGED, type World } from "../support/world.ts";

/** Finalizer, AccessRequest, copy of the pull secret, OCIRepository, HelmRelease, two statuses and an Event. */
const MOST_REQUESTS = 8;
/** One more for each five seconds that an installation or a removal takes. */
const STATUS_EVERY_MS = 5000;
/** Beside the writes of statuses and Events: six writes, seven requests to the control plane, nine looks elsewhere. */
const MOST_FOR_REMOVAL = 22;
/** What the removal waits for first, as a status and as an Event; one more of each for a step that lasts five seconds. */
const MOST_WORDS = 1;
/** Beside the HelmRelease: that `Ready` is gone, that it has returned, an Event, and a look at the HelmRelease. */
const MOST_FOR_SLOW_UPGRADE = 5;
const QUIET = { writes: [], reads: [] };

describe("the requests of the provider", () => {
  let world: World;
  let metrics: Metrics;
  let first: Tenant;
  before(async () => {
    world = await startWorld();
    metrics = await chooseMetrics();
    assert.equal(await world.init(), 0);
    await world.configure({ pollInterval: "1s" });
    await world.run({ args: metrics.args });
  });
  after(() => world.stop());

  it("are eight writes and no read for a new tenant, Events and statuses among them", async () => {
    const config = ref("providerConfig", "ocm");
    await awaitPresent<ServiceObj>(world.platform, config, isReady, { what: "the ProviderConfig is taken in" });
    await awaitEvent(world.platform, config, "ReconcileSuccess");
    const shared = new ProviderTraffic(world.ground, [world.ground.platform, world.ground.onboarding]);
    await shared.reset();

    const beganMs = Date.now();
    first = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    await awaitEvent(world.onboarding, ref("ocm", first.name, first.namespace), "ReconcileSuccess");

    const mostStatuses = Math.floor((Date.now() - beganMs) / STATUS_EVERY_MS);
    const onItsControlPlane = await new ProviderTraffic(world.ground, [first.cluster]).read();
    const { writes, reads } = await shared.read();
    const all = { writes: [...writes, ...onItsControlPlane.writes], reads: [...reads, ...onItsControlPlane.reads] };
    assert.ok(
      all.writes.length <= MOST_REQUESTS + mostStatuses,
      `${all.writes.length} writes:\n${all.writes.join("\n")}`,
    );
    assert.deepEqual(all.reads, []);
  });

  it("are none for a settled tenant, however often everything is checked again", async () => {
    const { platform, onboarding } = world.ground;
    await awaitTenants(world.platform, { total: 1, ready: 1, failing: 0 });
    await metrics.morePasses("ocm", 2);
    const traffic = new ProviderTraffic(world.ground, [platform, onboarding, first.cluster]);
    await traffic.reset();

    await metrics.morePasses("ocm", 4);

    assert.deepEqual(await traffic.read(), QUIET);
  });

  it("are none for a tenant while another one comes", async () => {
    const { platform, onboarding } = world.ground;
    const traffic = new ProviderTraffic(world.ground, [platform, onboarding, first.cluster]);
    await traffic.reset();

    await install(world, { name: "mcp-02", namespace: "project-x--ws-y" });

    const { writes, reads } = await traffic.read();
    const about = [...writes, ...reads].filter(
      (request) => request.includes(first.tenantNamespace) || request.includes("mcp-01"),
    );
    assert.deepEqual(about, []);
  });

  it("are one write for a tenant whose release is upgraded because of other settings", async () => {
    const { platform, onboarding } = world.ground;
    const { release } = refsOf(first);
    const traffic = new ProviderTraffic(world.ground, [platform, onboarding, first.cluster]);
    await traffic.reset();

    const beganMs = Date.now();
    const values = { manager: { concurrency: { resource: 3 } } };
    await world.platform.patchMerge(ref("providerConfig", "ocm"), { spec: { values } });
    await awaitPresent(world.platform, release, (found) => isUpgraded(found, values), { what: "the upgrade" });
    await metrics.morePasses("ocm", 4);

    const wasQuick = Date.now() - beganMs < STATUS_EVERY_MS;
    const { writes, reads } = await traffic.read();
    const about = [...writes, ...reads].filter(
      (request) => request.includes(first.tenantNamespace) || request.includes(first.name),
    );
    assert.ok(about.length <= (wasQuick ? 1 : MOST_FOR_SLOW_UPGRADE), about.join("\n"));
    await awaitReady(world.onboarding, first);
  });

  it("are none for a tenant whose version is not on offer, however often everything is checked again", async () => {
    const { platform, onboarding } = world.ground;
    const [version] = world.ground.charts.versions;
    const config = ref("providerConfig", "ocm");
    await world.platform.patchMerge(config, { spec: { versions: [{ version }] } });
    await awaitPresent<ServiceObj>(world.platform, config, isReady, { what: "the ProviderConfig is taken in" });
    const refused = ref("ocm", first.name, first.namespace);
    await world.onboarding.patchMerge(refused, { spec: { version: "9.9.9" } }, UNJUDGED);
    await awaitEvent(world.onboarding, refused, "VersionNotOffered");
    await awaitTenants(world.platform, { total: 2, ready: 1, failing: 1 });
    await metrics.morePasses("ocm", 4);
    const traffic = new ProviderTraffic(world.ground, [platform, onboarding, first.cluster]);
    await traffic.reset();

    await metrics.morePasses("ocm", 8);

    assert.deepEqual(await traffic.read(), QUIET);
  });

  it("are few for a removal, with few words", async () => {
    const { platform, onboarding } = world.ground;
    const tenant = await install(world, { name: "mcp-03", namespace: "project-x--ws-y" });
    const removed = ref("ocm", tenant.name, tenant.namespace);
    await awaitEvent(world.onboarding, removed, "ReconcileSuccess");
    const traffic = new ProviderTraffic(world.ground, [platform, onboarding, tenant.cluster]);
    await traffic.reset();

    const beganMs = Date.now();
    await world.onboarding.delete(removed);
    await awaitGone(world.onboarding, removed);

    const mostWords = MOST_WORDS + Math.floor((Date.now() - beganMs) / STATUS_EVERY_MS);
    const { writes, reads } = await traffic.read();
    const ofTenant = writes.filter((request) => !request.includes("/providerconfigs/"));
    const statuses = ofTenant.filter((request) => request.includes("/status"));
    const events = ofTenant.filter((request) => request.includes("/events"));
    const others = [...ofTenant.filter((request) => ![...statuses, ...events].includes(request)), ...reads];
    // Flux may write into the release in between: that is seen, and it is deleted as it is then.
    const deletions = others.filter((request) => request.startsWith("delete") && request.includes("/helmreleases/"));
    assert.ok(deletions.length <= 2, deletions.join("\n"));
    const most = MOST_FOR_REMOVAL + 2 * (deletions.length - 1);
    assert.ok(others.length <= most, `${others.length} requests:\n${others.join("\n")}`);
    assert.ok(statuses.length <= mostWords, statuses.join("\n"));
    assert.ok(events.length <= mostWords, events.join("\n"));
  });
});

function isUpgraded(release: Obj, values: object): boolean {
  const isObserved = valueAt(release, "status", "observedGeneration") === release.metadata.generation;
  return isObserved && isDeepStrictEqual(valueAt(release, "spec", "values"), values);
}
