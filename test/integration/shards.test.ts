import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import type { Obj } from "../../sim/object.ts";
import { SHARD_LABEL } from "../../src/openmcp/service/shards.ts";
import { AlternatingVersion } from "../support/alternating-version.ts";
import { awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { startWorld, type World } from "../support/world.ts";

const PLANE = { name: "mcp-01", namespace: "project-x--ws-y" };
const MAIN = `!${SHARD_LABEL}`;
const SHARD = `${SHARD_LABEL}=shard1`;
const SELECTOR = "ocm.services.open-control-plane.io/watch-label-selector";

const isMoved = ({ metadata }: Obj): boolean => metadata.labels?.[SHARD_LABEL] === "shard1";

describe("two processes that share the tenants", () => {
  let world: World;
  let version: AlternatingVersion;
  let main: ProviderProcess;
  before(async () => {
    world = await startWorld();
    assert.equal(await world.init(), 0);
    await world.configure();
    main = await world.run({ args: [`--watch-label-selector=${MAIN}`], env: { POD_NAME: "main" } });
    await world.run({ args: [`--watch-label-selector=${SHARD}`], env: { POD_NAME: "shard1" } });
    version = new AlternatingVersion(world, await install(world, PLANE));
  });
  after(() => world.stop());

  it("hold a Lease each, which tells whom they serve", async () => {
    const leases = await world.platform.list(kindOf("lease"));
    const selectors = leases.flatMap(({ metadata }) => metadata.annotations?.[SELECTOR] ?? []);

    assert.deepEqual(selectors.toSorted(), [MAIN, SHARD].toSorted());
    assert.ok(leases.some(({ metadata }) => metadata.name === "sp-ocm"));
  });

  it("hand a tenant over with its namespace, and Flux's objects with it", async () => {
    const label = { metadata: { labels: { [SHARD_LABEL]: "shard1" } } };
    await world.onboarding.patchMerge(ref("namespace", PLANE.namespace), label);

    for (const kind of ["helmRelease", "ociRepository"] as const) {
      const object = ref(kind, "sp-ocm-k8s-toolkit", tenantNamespace(PLANE.name, PLANE.namespace));
      await awaitPresent(world.platform, object, isMoved, { what: `the ${kind} follows` });
    }
  });

  it("serve a tenant although the process that had it before is dead", async () => {
    process.kill(main.pid, "SIGKILL");
    await main.exited;
    await version.change();

    await version.isThere();
  });
});
