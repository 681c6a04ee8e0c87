import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { freePort } from "../../ground/free-ports.ts";
import type { ProviderProcess } from "../../ground/provider-process.ts";
import type { Obj } from "../../sim/object.ts";
import { SHARD_LABEL } from "../../src/openmcp/service/shards.ts";
import { AlternatingVersion } from "../support/alternating-version.ts";
import { answerOf } from "../support/answer-of.ts";
import { awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { kindOf, namespaceOf, ref } from "../support/kinds.ts";
import { awaitLeader } from "../support/leader.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { createScraper, scrape } from "../support/scraper.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ocm, startWorld, type World } from "../support/world.ts";

const PLANE = { name: "mcp-01", namespace: "project-x--ws-y" };
const MAIN = `!${SHARD_LABEL}`;
const SHARD = `${SHARD_LABEL}=shard1`;
const SELECTOR = "ocm.services.open-control-plane.io/watch-label-selector";

function isSaidOf(keys: RegExp): (config: ServiceObj) => boolean {
  return (config) => keys.test(conditionOf(config, "Served")?.message ?? "");
}

const isMoved = ({ metadata }: Obj): boolean => metadata.labels?.[SHARD_LABEL] === "shard1";

describe("two processes that share the tenants", () => {
  let world: World;
  let version: AlternatingVersion;
  let main: ProviderProcess;
  let address: string;
  let token: string;
  before(async () => {
    world = await startWorld();
    assert.equal(await world.init(), 0);
    await world.configure();
    address = `127.0.0.1:${await freePort()}`;
    const args = [`--watch-label-selector=${MAIN}`, `--metrics-bind-address=${address}`];
    main = await world.run({ args, env: { POD_NAME: "main" } });
    // It alone counts whom no process serves.
    await awaitLeader(world.platform, "main");
    token = await createScraper(world.platform, { name: "scraper", mayScrape: true });
    await world.run({ args: [`--watch-label-selector=${SHARD}`], env: { POD_NAME: "shard1" } });
    version = new AlternatingVersion(world, await install(world, PLANE));
  });
  after(() => world.stop());

  async function doctor(): Promise<string> {
    return (await answerOf(world, ["doctor", "--provider-name=ocm"])).stdout;
  }

  async function metrics(): Promise<string> {
    return (await scrape(address, { token })).text;
  }

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

  it("say of a key that no process serves which it is, until one does", async () => {
    const config = ref("providerConfig", "ocm");
    const other = { name: "mcp-02", namespace: "project-x--ws-z" };
    const labels = { [SHARD_LABEL]: "shard2" };
    await world.onboarding.create({ ...namespaceOf(other.namespace), metadata: { name: other.namespace, labels } });
    await world.onboarding.create(ocm(other, version.wanted));

    await awaitPresent(world.platform, config, isSaidOf(/^no process serves 1 tenant: 1 with shard key "shard2"; /u), {
      what: "the ProviderConfig names the key",
    });
    assert.match(await doctor(), /^FAILED {2}shards: no process serves 1 tenant: 1 with shard key "shard2"/mu);
    assert.match(await metrics(), /^service_provider_tenants_unserved 1$/mu);

    await world.run({ args: [`--watch-label-selector=${SHARD_LABEL}=shard2`], env: { POD_NAME: "shard2" } });

    await awaitPresent(world.platform, config, (object) => conditionOf(object, "Served") === undefined, {
      what: "the ProviderConfig has nothing to say any more",
    });
    assert.match(await doctor(), /^ok {6}shards: /mu);
    assert.match(await metrics(), /^service_provider_tenants_unserved 0$/mu);
  });

  it("serve a tenant although the process that had it before is dead", async () => {
    process.kill(main.pid, "SIGKILL");
    await main.exited;
    await version.change();

    await version.isThere();
  });
});
