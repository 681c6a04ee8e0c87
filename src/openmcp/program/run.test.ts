import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../../test/support/fake-clock.ts";
import { Health } from "../../runtime/health.ts";
import { followContacts, describeDelays, Readiness } from "./run.ts";

const LIMIT_MS = 5 * 60_000;

describe("followContacts", () => {
  it("is ready as long as both clusters are heard from time to time", async () => {
    const clock = new FakeClock();
    const health = new Health({ clock });
    const contacts = followContacts(health, clock);

    for (let minute = 0; minute < 10; minute += 1) {
      await clock.advance(60_000);
      contacts.note("platform");
      contacts.note("onboarding");
    }

    assert.equal(health.ready().isHealthy, true);
  });

  it("is not ready any more when one of them has been silent for long, and says which", async () => {
    const clock = new FakeClock();
    const health = new Health({ clock });
    const contacts = followContacts(health, clock);

    contacts.note("platform");
    await clock.advance(LIMIT_MS);
    contacts.note("onboarding");
    assert.equal(health.ready().isHealthy, true);
    await clock.advance(1);

    assert.deepEqual(health.ready(), {
      isHealthy: false,
      text: "[-] platform: no contact for 300 s\n[+] onboarding\n",
    });
    // A restart would not make the cluster speak.
    assert.equal(health.live().isHealthy, true);
  });

  it("asks for no contact once it is over", async () => {
    const clock = new FakeClock();
    const health = new Health({ clock });

    followContacts(health, clock).remove();
    await clock.advance(2 * LIMIT_MS);

    assert.equal(health.ready().isHealthy, true);
  });
});

const fine = { name: "providerconfig", unserved: 0, longestMs: 0, isStuck: false };
const late = { name: "ocm", unserved: 3, longestMs: 312_000, isStuck: false };

describe("describeDelays", () => {
  for (const [what, delays, delay, standstill] of [
    ["nothing while every key is served", [fine], undefined, undefined],
    ["how many keys are late", [late, fine], "3 ocm not served, the first for 312 s", undefined],
    [
      "a standstill besides",
      [{ ...late, isStuck: true }, fine],
      "3 ocm not served, the first for 312 s",
      "3 ocm not served, the first for 312 s",
    ],
  ] as const) {
    it(`says ${what}`, () => {
      const work = describeDelays({ delays: () => delays });

      assert.deepEqual([work.delay(), work.standstill()], [delay, standstill]);
    });
  }
});

describe("Readiness", () => {
  it("is met once the caches are filled", () => {
    const readiness = new Readiness();
    assert.equal(readiness.isMet(), false);

    readiness.synced();

    assert.equal(readiness.isMet(), true);
  });

  it("is met on standby, and after that only with filled caches", () => {
    const readiness = new Readiness();

    readiness.standBy();
    assert.equal(readiness.isMet(), true);

    readiness.leads();
    assert.equal(readiness.isMet(), false);
    readiness.synced();
    assert.equal(readiness.isMet(), true);
  });
});
