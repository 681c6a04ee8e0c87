import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import { httpStatus } from "../../ground/http-status.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import type { Obj } from "../../sim/object.ts";
import { AlternatingVersion } from "../support/alternating-version.ts";
import type { PassingRequest } from "../support/fault.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { type ProxiedWorld, startProxiedWorld } from "../support/proxied-world.ts";
import type { Tenant } from "../support/world.ts";

const INTERRUPTED = 1;

/** Writes of a change of version, in their order. */
const steps: readonly (readonly [string, keyof ProxiedWorld["proxies"], (request: PassingRequest) => boolean])[] = [
  ["taking Ready back", "onboarding", isPatchOf(/\/ocms\/mcp-01\/status/u)],
  ["changing the chart's source", "platform", isPatchOf(/\/ocirepositories\//u)],
];

describe("the end of the provider", () => {
  let world: ProxiedWorld;
  let tenant: Tenant;
  let version: AlternatingVersion;
  before(async () => {
    world = await startProxiedWorld();
    const provider = await world.run();
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    version = new AlternatingVersion(world, tenant);
    await provider.stop();
  });
  afterEach(() => {
    world.proxies.platform.heal();
    world.proxies.onboarding.heal();
  });
  after(() => world.stop());

  for (const [what, cluster, matches] of steps) {
    it(`lets a reconcile finish when SIGTERM comes while it is ${what}`, async () => {
      const provider = await world.run();
      const held = await changeAndHold(world.proxies[cluster], matches);
      process.kill(provider.pid, "SIGTERM");
      await isStopping(provider);
      held.lift();

      assert.equal(await provider.exited, 0);
      assert.deepEqual(await chartTag(), version.wanted);
      await finishes();
    });

    it(`is made up for by the next start when it is killed while ${what}`, async () => {
      const provider = await world.run();
      const held = await changeAndHold(world.proxies[cluster], matches);
      await provider.kill();
      held.lift();

      await finishes();
    });

    it(`is made up for by the next start when it is killed right after ${what}`, async () => {
      const provider = await world.run();
      const lost = world.proxies[cluster].inject({ do: "losesAnswer" }, { matches, times: 1 });
      const rest = world.proxies[cluster].inject({ do: "hold" }, { matches });
      await version.change();
      await lost.met();
      await provider.kill();
      rest.lift();

      await finishes();
    });
  }

  it("does not wait for a reconcile when SIGTERM comes twice", async () => {
    const provider = await world.run();
    const held = await changeAndHold(world.proxies.platform, isPatchOf(/\/ocirepositories\//u));
    process.kill(provider.pid, "SIGTERM");
    await isStopping(provider);
    process.kill(provider.pid, "SIGTERM");

    assert.equal(await provider.exited, INTERRUPTED);
    held.lift();
    await finishes();
  });

  it("comes within its bound, with 0, when a reconcile cannot finish", async () => {
    const provider = await world.run();
    const isWrite = isPatchOf(/\/ocirepositories\//u);
    const swallowed = world.proxies.platform.inject({ do: "swallow" }, { matches: isWrite });
    await version.change();
    await swallowed.met();

    // `stop` kills a process that does not end in time, which would be another status.
    assert.equal(await provider.stop(), 0);
    swallowed.lift();
    await finishes();
  });

  async function changeAndHold(
    proxy: FaultProxy,
    matches: (request: PassingRequest) => boolean,
  ): Promise<{ lift(): void }> {
    const held = proxy.inject({ do: "hold" }, { matches });
    await version.change();
    await held.met();
    return held;
  }

  async function chartTag(): Promise<string | undefined> {
    type Source = Obj & { readonly spec: { readonly ref: { readonly tag?: string } } };
    const { spec } = await world.platform.get<Source>(
      ref("ociRepository", "sp-ocm-k8s-toolkit", tenant.tenantNamespace),
    );
    return spec.ref.tag;
  }

  async function finishes(): Promise<void> {
    const next = await world.run();
    await version.isThere();
    assert.equal(await next.stop(), 0);
  }
});

/** Waits until a provider has taken in that it has to stop. */
async function isStopping({ healthURL }: ProviderProcess): Promise<void> {
  await waitUntil(async (signal) => (await httpStatus(`${healthURL}/readyz`, { signal })) !== 200, {
    what: "the provider is not ready any more",
    withinMs: 10_000,
  });
}

function isPatchOf(path: RegExp): (request: PassingRequest) => boolean {
  return (request) =>
    request.method === "PATCH" && request.userAgent.startsWith("service-provider-ocm/") && path.test(request.path);
}
