import { after, before, describe } from "node:test";
import { bothGroups } from "./both-groups.ts";
import { deletedControlPlane } from "./deleted-control-plane.ts";
import type { LifeOf } from "./life-of.ts";
import { oneRegistry } from "./one-registry.ts";
import { type PlatformWorld, startPlatformWorld } from "./platform-world.ts";
import { renewedAccess } from "./renewed-access.ts";
import { replicas } from "./replicas.ts";
import { severalTenants } from "./several-tenants.ts";
import { wholeLife } from "./whole-life.ts";
import { workloadCluster } from "./workload-cluster.ts";

// They disturb each other no more than tenants of one platform do, and mostly wait.
const SIDE_BY_SIDE: readonly LifeOf[] = [wholeLife, deletedControlPlane, severalTenants, renewedAccess, oneRegistry];

describe("a platform that the real operator runs", { concurrency: 1 }, () => {
  let world: PlatformWorld | undefined;
  before(async () => {
    world = await startPlatformWorld();
  });
  after(() => world?.stop());

  const started = (): PlatformWorld => {
    if (world === undefined) {
      throw new Error("expected a platform that has been started");
    }
    return world;
  };
  describe("with tenants side by side", { concurrency: true }, () => {
    for (const life of SIDE_BY_SIDE) {
      life(started);
    }
  });
  // A life beside others changes the values of every tenant, but the Helm release of this tenant has to stay as it is.
  bothGroups(started);
  replicas(started);
  workloadCluster(started);
});
