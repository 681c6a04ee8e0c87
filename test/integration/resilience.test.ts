import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import { AlternatingVersion } from "../support/alternating-version.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { type Fault, type PassingRequest, refusal } from "../support/fault.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { ONBOARDING_REQUEST, onboardingToken, renewOnboardingToken } from "../support/onboarding-credentials.ts";
import { type ProxiedWorld, startProxiedWorld } from "../support/proxied-world.ts";
import type { Tenant } from "../support/world.ts";

const GONE = { apiVersion: "v1", kind: "Status", status: "Failure", reason: "Expired", code: 410, message: "too old" };
const isOfProvider = ({ userAgent }: PassingRequest): boolean => userAgent.startsWith("service-provider-ocm/");
const isWatch = (request: PassingRequest): boolean => isOfProvider(request) && request.isWatch;
const isWrite = (request: PassingRequest): boolean => isOfProvider(request) && request.method === "PATCH";

describe("the provider on a bad day", () => {
  let world: ProxiedWorld;
  let provider: ProviderProcess;
  let tenant: Tenant;
  let version: AlternatingVersion;
  before(async () => {
    world = await startProxiedWorld();
    provider = await world.run();
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    version = new AlternatingVersion(world, tenant);
  });
  afterEach(() => {
    world.proxies.platform.heal();
    world.proxies.onboarding.heal();
  });
  after(() => world.stop());

  it("goes on when the API server of the platform has crashed and comes back", async () => {
    await world.ground.crash(world.ground.platform);
    await version.change();
    await world.ground.revive(world.ground.platform);

    await version.isThere();
  });

  it("goes on when the API server of the onboarding cluster has crashed and comes back", async () => {
    const config = ref("providerConfig", "ocm");
    await world.ground.crash(world.ground.onboarding);
    await world.platform.patchMerge(config, { spec: { pollInterval: "47s" } });
    await world.ground.revive(world.ground.onboarding);
    await version.change();

    await version.isThere();
    await awaitPresent(
      world.platform,
      ref("ociRepository", "sp-ocm-k8s-toolkit", tenant.tenantNamespace),
      ({ spec }) => (spec as { readonly interval?: string }).interval === "47s",
      { what: "the change made during the outage" },
    );
  });

  it("sees what has changed while its watches were cut", async () => {
    const { platform, onboarding } = world.proxies;
    const faults = [platform, onboarding].map((proxy) => proxy.inject({ do: "cut" }, { matches: isWatch }));
    assert.ok(onboarding.cutWatches(isWatch) > 0);
    assert.ok(platform.cutWatches(isWatch) > 0);
    await version.change();
    await Promise.all(faults.map((fault) => fault.met()));
    faults.forEach((fault) => fault.lift());

    await version.isThere();
  });

  const forgetful: Readonly<Record<string, Fault>> = {
    "when a watch is opened": refusal(410, "Expired"),
    "inside a watch": {
      do: "answer",
      status: 200,
      headers: { "content-type": "application/json" },
      body: `${JSON.stringify({ type: "ERROR", object: GONE })}\n`,
    },
  };
  for (const [when, fault] of Object.entries(forgetful)) {
    it(`sees what has changed when an API server has forgotten its position, and says so ${when}`, async () => {
      const { onboarding } = world.proxies;
      const forgotten = onboarding.inject(fault, { matches: isWatch, times: 1 });
      onboarding.cutWatches(isWatch);
      await version.change();
      await forgotten.met();

      await version.isThere();
    });
  }

  const refusals: Readonly<Record<string, Fault>> = {
    "is told to come back later": refusal(429, "TooManyRequests", { "retry-after": "1" }),
    "meets a server that is not available": refusal(503, "ServiceUnavailable", { "retry-after": "1" }),
    "meets a server that fails": refusal(500, "InternalError"),
    "gets no answer": { do: "cut" },
    "loses answers to what was done": { do: "losesAnswer" },
  };
  for (const [what, fault] of Object.entries(refusals)) {
    it(`finishes its work when it ${what}`, async () => {
      const { platform, onboarding } = world.proxies;
      const faults = [platform, onboarding].map((proxy) => proxy.inject(fault, { matches: isWrite, times: 1 }));
      await version.change();

      await version.isThere();
      await Promise.all(faults.map((one) => one.met()));
    });
  }

  it("takes over a new token of the onboarding cluster before the old one ends", async () => {
    const { onboarding } = world.proxies;
    const old = await onboardingToken(world);
    const another = onboarding.inject(
      { do: "nothing" },
      { matches: (request) => isOfProvider(request) && request.token !== old },
    );
    await renewOnboardingToken(world);
    await another.met();
    onboarding.inject(refusal(401, "Unauthorized"), { matches: ({ token }) => token === old });
    await version.change();

    await version.isThere();
  });

  it("goes on when its token of the onboarding cluster ended before there was a new one", async () => {
    const { onboarding } = world.proxies;
    const old = await onboardingToken(world);
    const refused = onboarding.inject(refusal(401, "Unauthorized"), { matches: ({ token }) => token === old });
    onboarding.cutWatches(isWatch);
    await version.change();
    await refused.met(2);
    await renewOnboardingToken(world);

    await version.isThere();
  });

  it("asks again for the onboarding cluster when its access is taken away", async () => {
    const { metadata } = await world.platform.get(ONBOARDING_REQUEST);
    await world.platform.delete(ONBOARDING_REQUEST);
    await awaitPresent(world.platform, ONBOARDING_REQUEST, (request) => request.metadata.uid !== metadata.uid, {
      what: "access is asked for again",
    });
    await version.change();

    await version.isThere();
  });

  it("has done all this in one process", async () => {
    await provider.ready();

    await world.onboarding.delete(ref("ocm", tenant.name, tenant.namespace));
    await awaitGone(world.onboarding, ref("ocm", tenant.name, tenant.namespace));
    assert.equal(await Promise.race([provider.exited, Promise.resolve("running")]), "running");
  });
});
