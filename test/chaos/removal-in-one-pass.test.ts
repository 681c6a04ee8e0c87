import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createMetrics } from "../../src/runtime/metrics.ts";
import { leaveAsGoProvider, plane } from "../support/simulated-takeover.ts";
import { ocm } from "../support/world.ts";
import { isWatch } from "./components.ts";
import { type Interference, isWrite } from "./exchange.ts";
import { People, type TenantRef } from "./people.ts";
import { World } from "./world.ts";

const metrics = createMetrics({ clock: { now: () => 0, sleep: () => Promise.resolve() } });
const SOON_MS = 2000;
const PATIENCE_MS = 120_000;
/** Every n-th request and not each: the suite has to stay quick. */
const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 5);
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

/** Holds back what the platform's watches tell from a moment on. */
function silence(world: World): { readonly interference: Interference; begin(): void; end(): void } {
  let isSilent = false;
  const interference: Interference = async (exchange, send) => {
    const response = await send(exchange);
    if (exchange.kind !== "platform" || !isWatch(exchange.request)) {
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
 * Deletes an OCM object when the provider sends its n-th request, while everybody else on the platform stands still and
 * no news come; returns what a provider that starts afresh finds left to do.
 */
async function leftToDo(begin: Beginning, number: number): Promise<readonly string[] | "too late"> {
  const world = await World.start({ seed: 1, replicas: 1, tempo: "recorded", metrics });
  const { interference, ...news } = silence(world);
  const deleted = new AbortController();
  world.interferences.push((exchange, send) => {
    if (exchange.number === number) {
      OTHERS.forEach((part) => world.components.stop(part));
      void deleteLater();
    }
    return send(exchange);
  }, interference);
  // What has happened by then is heard of: a conflict with it would have to be.
  const deleteLater = async (): Promise<void> => {
    await world.clock.sleep(SOON_MS);
    news.begin();
    await new People(world).withdraw(plane);
    deleted.abort();
  };
  await begin(world, plane);
  world.begin();
  await world.clock.runUntil(() => deleted.signal.aborted || world.clock.now() > PATIENCE_MS + Date.UTC(2026, 0, 1));
  await world.clock.advance(SOON_MS);

  const writes = noteWrites(world);
  news.end();
  world.providers[0]?.kill();
  world.providers[0]?.start();
  await world.clock.advance(SOON_MS);
  await world.stop();
  return deleted.signal.aborted ? writes : "too late";
}

describe("a removal does at once whatever waits for nobody", () => {
  for (const [what, begin] of Object.entries(beginnings)) {
    it(`when the tenant ${what}, at any moment, and hears of nothing that it does`, async () => {
      const left: string[] = [];
      for (let number = 1; ; number += STRIDE) {
        const writes = await leftToDo(begin, number);
        if (writes === "too late") {
          break;
        }
        left.push(...writes.map((write) => `deleted at request ${number}: ${write}`));
      }

      assert.deepEqual(left, []);
    });
  }
});
