import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { PassingRequest } from "../support/fault.ts";
import { goOcm, playGoProvider } from "../support/go-provider.ts";
import { GROUPS, VALUES } from "../support/group-matrix.ts";
import { ask, type Stage, stageOf, untilNothingIsLeft, untilServed, withdraw } from "../support/hand-over.ts";
import { installationOf } from "../support/installation.ts";
import { configRef, CURRENT_GROUP, EARLIER_GROUP } from "../support/kinds.ts";
import { startProxiedWorld, type ProxiedWorld } from "../support/proxied-world.ts";
import { POD_NAMESPACE } from "../support/world.ts";

/** More than there are writes: a provider that makes no progress is found out. */
const MOST_LIVES = 80;

describe("a provider that is killed after each of its writes", () => {
  let world: ProxiedWorld;
  let stage: Stage;
  before(async () => {
    world = await startProxiedWorld();
    await world.platform.patchMerge(configRef(), { spec: { values: VALUES } });
    const tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    stage = await stageOf(world, tenant);
    await playGoProvider(world, "renamed-group", tenant);
    await world.onboarding.create(goOcm("renamed-group", { ...tenant, charts: world.ground.charts }));
  });
  after(() => world.stop());

  /** Runs providers of which each is killed at its second write to a cluster, until something is done. */
  async function killUntil(done: Promise<void>): Promise<void> {
    const end = done.then(() => "done" as const);
    for (let life = 1; ; life += 1) {
      assert.ok(life <= MOST_LIVES, "the writes of all providers together lead somewhere");
      const second = Promise.withResolvers<void>();
      for (const proxy of [world.proxies.platform, world.proxies.onboarding]) {
        proxy.inject({ do: "nothing" }, { matches: isWrite, times: 1 });
        proxy.inject({ do: "hold" }, { matches: (request) => isWrite(request) && tell(second) });
      }
      const provider = await world.start("run");
      const outcome = await Promise.race([end, second.promise]);
      await provider.kill();
      world.proxies.platform.heal();
      world.proxies.onboarding.heal();
      if (outcome === "done") {
        assert.ok(life > 1, "a provider is killed on the way");
        return;
      }
    }
  }

  it("takes over, hands over in both directions, and leaves the installation as it is", async () => {
    const installation = await installationOf(stage.sites);

    await killUntil(untilServed(stage, [CURRENT_GROUP]));
    await ask(stage, [EARLIER_GROUP]);
    await killUntil(untilServed(stage, GROUPS));
    await withdraw(stage, [CURRENT_GROUP]);
    await killUntil(untilServed(stage, [EARLIER_GROUP]));
    await ask(stage, [CURRENT_GROUP]);
    await withdraw(stage, [EARLIER_GROUP]);
    await killUntil(untilServed(stage, [CURRENT_GROUP]));

    assert.deepEqual(await installationOf(stage.sites), installation);
  });

  it("leaves nothing behind", async () => {
    await withdraw(stage, [CURRENT_GROUP]);

    await killUntil(untilNothingIsLeft(stage));
  });
});

function tell({ resolve }: PromiseWithResolvers<void>): true {
  resolve();
  return true;
}

/** Each provider begins with writes for its own access, and none may end there. */
function isWrite({ method, path }: PassingRequest): boolean {
  return method !== "GET" && !path.includes(`/namespaces/${POD_NAMESPACE}/`);
}
