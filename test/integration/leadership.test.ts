import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import { AlternatingVersion } from "../support/alternating-version.ts";
import type { SeenEvent } from "../support/await-event.ts";
import { awaitTenants } from "../support/await-tenants.ts";
import { install } from "../support/install.ts";
import { kindOf } from "../support/kinds.ts";
import { awaitLeader, LEASE } from "../support/leader.ts";
import { ProviderTraffic } from "../support/provider-traffic.ts";
import { startWorld, type World } from "../support/world.ts";

/** Much shorter than a lease takes to expire. */
const AT_ONCE_MS = 8000;
const FAILED = 1;

describe("several replicas of the provider", () => {
  let world: World;
  let version: AlternatingVersion;
  let leader: ProviderProcess;
  before(async () => {
    world = await startWorld();
    assert.equal(await world.init(), 0);
    await world.configure();
    leader = await start("replica-1");
    await leads("replica-1");
    version = new AlternatingVersion(world, await install(world, { name: "mcp-01", namespace: "project-x--ws-y" }));
  });
  after(() => world.stop());

  it("hand over at once when the one that leads is asked to end", async () => {
    const next = await start("replica-2");
    process.kill(leader.pid, "SIGTERM");
    await version.change();

    await leads("replica-2", AT_ONCE_MS);
    assert.equal(await leader.exited, 0);
    await version.isThere();
    leader = next;
  });

  it("hand over at once when the lease is taken from the one that leads, which ends", async () => {
    const next = await start("replica-3");
    await world.platform.patchMerge(LEASE, { spec: { holderIdentity: "somebody-else" } });
    assert.equal(await leader.exited, FAILED);
    await version.change();
    await world.platform.patchMerge(LEASE, { spec: { holderIdentity: "" } });

    await leads("replica-3", AT_ONCE_MS);
    await version.isThere();
    leader = next;
  });

  it("never write beside each other: one that was away too long ends without a write", async () => {
    const next = await start("replica-4");
    process.kill(leader.pid, "SIGSTOP");
    await version.change();
    await leads("replica-4");
    await version.isThere();
    // The last that the one that leads has to say.
    await awaitTenants(world.platform, { total: 1, ready: 1, failing: 0 });
    const traffic = new ProviderTraffic(world.ground, [world.ground.platform, world.ground.onboarding]);
    await traffic.reset();
    const events = await eventsOf("replica-3");
    process.kill(leader.pid, "SIGCONT");

    assert.equal(await leader.exited, FAILED);
    const { writes } = await traffic.read();
    // The one that leads renews its lease, and may still have an Event to write.
    assert.deepEqual(
      writes.filter((write) => !/\/(?:leases|events)(?:\/|\?| )/u.test(write)),
      [],
    );
    assert.deepEqual(await eventsOf("replica-3"), events);
    leader = next;
  });

  function start(podName: string): Promise<ProviderProcess> {
    return world.run({ args: ["--leader-elect=true"], env: { POD_NAME: podName } });
  }

  async function eventsOf(podName: string): Promise<readonly string[]> {
    const events = await world.onboarding.list<SeenEvent & { readonly reportingInstance?: string }>(kindOf("event"));
    const theirs = events.filter(({ reportingInstance }) => reportingInstance === podName);
    return theirs.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);
  }

  function leads(podName: string, withinMs?: number): Promise<void> {
    return awaitLeader(world.platform, podName, withinMs);
  }
});
