import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import { secrets } from "../../src/kube/core.ts";
import { EARLIER_GROUP } from "../../src/ocm/api/group.ts";
import { resourcesOf } from "../../src/ocm/api/objects.ts";
import { provider } from "../../src/ocm/provider.ts";
import { type Reader, readerOf } from "../../src/openmcp/command/reader.ts";
import { accessRequests } from "../../src/openmcp/platform/kinds.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { registerGroups } from "../support/service-kinds.ts";
import { simulatedWorkplace } from "../support/simulated-provider.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm, POD_NAMESPACE } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const { resource } = resourcesOf(EARLIER_GROUP);
const { signal } = new AbortController();

describe("a reader", () => {
  let world: SimulatedWorld;
  let sent: string[];
  let reader: Reader;
  let isSilent: boolean;
  beforeEach(async () => {
    isSilent = false;
    world = await SimulatedWorld.start(1);
    sent = [];
    const { simulation, clock } = world;
    const workplace = simulatedWorkplace({
      program: provider,
      simulation,
      clock,
      random: seededRandom(2),
      signal,
      intercept: (request, send) => {
        sent.push(request);
        return isSilent ? new Promise(() => {}) : send();
      },
    });
    reader = readerOf(workplace, {});
  });
  afterEach(() => world.stop());

  it("reads every cluster with the access that the provider holds, and writes to none", async () => {
    const [version = ""] = world.simulation.charts.versions;
    await registerGroups(world.simulation.platform.client, [EARLIER_GROUP]);
    world.startProvider();
    await world.clock.runUntil(world.simulation.orderControlPlane(plane));
    await world.simulation.onboarding.client.create(ocm(plane, version));
    await world.untilOcm(plane, isInstalled(version));
    const read = async (): Promise<void> => {
      const onboarding = await reader.onboarding();
      const [found] = (await onboarding.list(resource, { signal })).items;
      assert.equal(found?.metadata.name, plane.name);
      assert.equal(await reader.providerName(), "ocm");
      const namespace = tenantNamespace(plane.name, plane.namespace);
      const { items } = await reader.platform.list(accessRequests, { namespace, signal });
      const name = items[0]?.status?.secretRef?.name ?? "";
      const seen = await reader.visit({ name, namespace }, (client) =>
        client.find(secrets, { name, namespace }, signal),
      );
      assert.equal(seen, undefined);

      await assert.rejects(onboarding.deleteIfExists(resource, found, { signal }), /only reads/u);
      await assert.rejects(reader.platform.mergePatch(secrets, { name, namespace }, {}, { signal }), /only reads/u);
      await assert.rejects(
        reader.visit({ name, namespace }, (client) =>
          client.create(secrets, { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } }, signal),
        ),
        /only reads/u,
      );
    };

    await world.clock.runUntil(read());

    assert.deepEqual(
      sent.filter((request) => !/^\S+ GET /u.test(request)),
      [],
    );
    assert.equal(new Set(sent.map((request) => request.split(" ")[0])).size, 3);
  });

  it("says where it has looked for access to the onboarding cluster when nobody holds any", async () => {
    await assert.rejects(world.clock.runUntil(reader.onboarding()), (error: Error) => {
      assert.match(error.message, new RegExp(`namespace "${POD_NAMESPACE}", found: there is none`, "u"));
      assert.match(error.message, /--onboarding-kubeconfig/u);
      return true;
    });
    assert.equal(sent.length, 1);
  });

  it("gives up on a silent cluster while whoever asked is still there", async () => {
    isSilent = true;
    const startMs = world.clock.now();

    await assert.rejects(world.clock.runUntil(reader.onboarding()), /no answer within/u);

    assert.ok(world.clock.now() - startMs < 60_000);
  });
});
