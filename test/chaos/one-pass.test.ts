import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createMetrics } from "../../src/runtime/metrics.ts";
import { leaveAsGoProvider, plane } from "../support/simulated-takeover.ts";
import { ocm } from "../support/world.ts";
import { isWatch } from "./components.ts";
import { type Interference, isWrite } from "./exchange.ts";
import { People } from "./people.ts";
import type { TenantRef } from "./tenants.ts";
import { World } from "./world.ts";

const metrics = createMetrics({ clock: { now: () => 0, sleep: () => Promise.resolve() } });
const SOON_MS = 2000;
const PATIENCE_MS = 120_000;
/** Every n-th request and not each: the suite has to stay quick. */
const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 8);
const OTHERS = ["platform operator", "source-controller", "helm-controller"] as const;

type Beginning = (world: World, tenant: TenantRef) => Promise<void>;

const fresh: Beginning = async (world, tenant) => {
  await world.clock.runUntil(world.ground.orderControlPlane(tenant));
  await world.ground.onboarding.client.create(ocm(tenant, "0.4.0"));
};

const beginnings: Readonly<Record<string, Beginning>> = {
  "is fresh": fresh,
  "has been the Go provider's": async (world) => {
    await leaveAsGoProvider({ clock: world.clock, simulation: world.ground }, "first-names");
  },
};

const changes: Readonly<Record<string, (people: People) => Promise<void>>> = {
  "is deleted": (people) => people.withdraw(plane),
  "wants another version": (people) => people.change(plane, "0.5.0"),
  "has no secret for the chart any more": (people) => people.configure({ imagePullSecret: null }),
};

/** Holds back what the watches of the platform tell of tenants from a moment on. */
function silence(world: World): { readonly interference: Interference; begin(): void; end(): void } {
  let isSilent = false;
  const interference: Interference = async (exchange, send) => {
    const response = await send(exchange);
    const isOfTenants = exchange.kind === "platform" && !exchange.request.path.includes("/providerconfigs");
    if (!isOfTenants || !isWatch(exchange.request)) {
      return response;
    }
    const body = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of response.body) {
        await world.until(() => !isSilent);
        yield chunk;
      }
    };
    return { ...response, body: body() };
  };
  return { interference, begin: () => void (isSilent = true), end: () => void (isSilent = false) };
}

/** What the provider writes on the platform and on control planes. */
function noteWrites(world: World): string[] {
  const writes: string[] = [];
  world.arrivals.push((exchange) => {
    const { method, path } = exchange.request;
    if (
      isWrite(exchange) &&
      exchange.kind !== "onboarding" &&
      !/\/events|\/providerconfigs\/|\/openmcp-system\//u.test(path)
    ) {
      writes.push(`${method} ${path.split("?")[0] ?? ""}`);
    }
  });
  return writes;
}

/**
 * Makes a change when the provider has sent its n-th request, while everybody else on the platform stands still and no
 * news come but of the change; returns what a provider that starts afresh finds left to do.
 */
async function leftToDo(
  { begin, change }: { readonly begin: Beginning; readonly change: (people: People) => Promise<void> },
  number: number,
): Promise<readonly string[] | "too late"> {
  const world = await World.start({ seed: 1, replicas: 1, tempo: "recorded", metrics });
  const { interference, ...news } = silence(world);
  const changed = new AbortController();
  world.interferences.push((exchange, send) => {
    if (exchange.number === number) {
      OTHERS.forEach((part) => world.components.stop(part));
      void changeLater();
    }
    return send(exchange);
  }, interference);
  // What has happened by then is heard of: a conflict with it would have to be.
  const changeLater = async (): Promise<void> => {
    await world.clock.sleep(SOON_MS);
    news.begin();
    await change(new People(world));
    changed.abort();
  };
  await begin(world, plane);
  world.begin();
  await world.clock.runUntil(() => changed.signal.aborted || world.clock.now() > PATIENCE_MS + Date.UTC(2026, 0, 1));
  await world.clock.advance(SOON_MS);

  const writes = noteWrites(world);
  news.end();
  world.providers[0]?.kill();
  world.providers[0]?.start();
  await world.clock.advance(SOON_MS);
  await world.stop();
  return changed.signal.aborted ? writes : "too late";
}

describe("the provider does at once whatever waits for nobody, and does not hear of what it does", () => {
  for (const [what, begin] of Object.entries(beginnings)) {
    for (const [act, change] of Object.entries(changes)) {
      it(`when a tenant ${what} and ${act}, at any moment`, async () => {
        const left: string[] = [];
        for (let number = 1; ; number += STRIDE) {
          const writes = await leftToDo({ begin, change }, number);
          if (writes === "too late") {
            break;
          }
          left.push(...writes.map((write) => `after request ${number}: ${write}`));
        }

        assert.deepEqual(left, []);
      });
    }
  }
});
