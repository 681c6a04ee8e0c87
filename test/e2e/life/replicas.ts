import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { NodeContainer } from "../../../ground/node/node-agent.ts";
import { SERVICE_PROVIDER_IMAGE } from "../../../ground/node/provider-image.ts";
import { waitUntil } from "../../../ground/wait-until.ts";
import { textAt } from "../../../sim/value-at.ts";
import { AlternatingVersion } from "../../support/alternating-version.ts";
import { install } from "../../support/install.ts";
import { ref } from "../../support/kinds.ts";
import { LEASE } from "../../support/leader.ts";
import { POD_NAMESPACE } from "../../support/world.ts";
import type { LifeOf } from "./life-of.ts";
import { assertNothingLeft } from "./nothing-left.ts";
import type { PlatformWorld } from "./platform-world.ts";

const plane = { name: "mcp-replicas", namespace: "project-a--ws-replicas" };
/** Much shorter than a lease takes to expire. */
const AT_ONCE_MS = 8000;
const WITHIN_MS = 60_000;

/** The provider's pods come and go, and the tenant does not notice. */
export const replicas: LifeOf = (world) => {
  describe("two replicas of the provider", { concurrency: 1 }, () => {
    let version: AlternatingVersion;
    before(async () => {
      version = new AlternatingVersion(world(), await install(world(), plane));
    });

    it("take over from each other when the one that leads is killed, which its node starts again", async () => {
      const leader = await leads(world());
      await leader.kill();
      await version.change();

      await version.isThere();
      await until("the killed replica runs again", () =>
        replicasOf(world()).some(({ pod, pid }) => pod === leader.pod && pid !== leader.pid),
      );
    });

    it("hand over at once when the pod of the one that leads is deleted", async () => {
      const leader = await leads(world());
      await world().platform.delete({ apiVersion: "v1", kind: "Pod", name: leader.pod, namespace: POD_NAMESPACE });

      const next = await leads(world(), (other) => other.pod !== leader.pod, AT_ONCE_MS);
      await version.change();

      await version.isThere();
      await until("two replicas run", () => replicasOf(world()).length === 2);
      assert.notEqual(next.pid, leader.pid);
    });

    it("are replaced by those of a new image, one after the other, while a tenant changes", async () => {
      const image = `${SERVICE_PROVIDER_IMAGE}:v2`;
      await version.change();
      await world().platform.patchMerge(ref("serviceProvider", "ocm"), { spec: { image } });

      await until("only replicas of the new image run", () => {
        const now = replicasOf(world());
        return now.length === 2 && now.every((replica) => replica.image === image);
      });
      await version.isThere();
      await version.change();
      await version.isThere();
    });

    it("leave nothing behind when the control plane is removed", async () => {
      await world().ground.removeControlPlane(plane);

      await assertNothingLeft(world(), plane);
    });
  });
};

async function until(what: string, isTrue: () => boolean): Promise<void> {
  await waitUntil(() => Promise.resolve(isTrue()), { what, withinMs: WITHIN_MS });
}

function replicasOf({ ground }: PlatformWorld): readonly NodeContainer[] {
  return ground.providers();
}

async function leads(
  world: PlatformWorld,
  isWanted: (replica: NodeContainer) => boolean = () => true,
  withinMs = WITHIN_MS,
): Promise<NodeContainer> {
  let leader: NodeContainer | undefined;
  const isLed = async (): Promise<boolean> => {
    const holder = textAt(await world.platform.get(LEASE), "spec", "holderIdentity");
    leader = replicasOf(world).find(({ pod }) => holder.startsWith(`${pod}_`));
    return leader !== undefined && isWanted(leader);
  };
  await waitUntil(isLed, { what: "a replica leads", withinMs });
  return leader ?? assert.fail("expected a replica that leads");
}
