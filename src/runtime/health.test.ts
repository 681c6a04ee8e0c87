import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../test/support/fake-clock.ts";
import { Health } from "./health.ts";

describe("Health", () => {
  it("is fine while nothing is registered", () => {
    const health = new Health({ clock: new FakeClock() });

    assert.deepEqual(health.live(), { isHealthy: true, text: "ok\n" });
    assert.deepEqual(health.ready(), { isHealthy: true, text: "ok\n" });
  });

  it("is ready as long as every contact is younger than its limit, and alive without one", async () => {
    const clock = new FakeClock();
    const health = new Health({ clock });
    const platformMs = clock.now();
    health.addContact({ name: "platform", limitMs: 60_000, lastContactMs: () => platformMs });
    health.addContact({ name: "onboarding", limitMs: 90_000, lastContactMs: () => platformMs });

    await clock.advance(60_000);
    const before = health.ready();
    await clock.advance(1000);
    const after = health.ready();

    assert.equal(before.isHealthy, true);
    assert.deepEqual(after, { isHealthy: false, text: "[-] platform: no contact for 61 s\n[+] onboarding\n" });
    assert.equal(health.live().isHealthy, true);
  });

  it("gives a server its limit to be heard the first time", async () => {
    const clock = new FakeClock();
    const health = new Health({ clock });
    const remove = health.addContact({ name: "platform", limitMs: 60_000, lastContactMs: () => undefined });

    await clock.advance(60_000);
    const early = health.ready().isHealthy;
    await clock.advance(1);
    const late = health.ready().isHealthy;
    remove();

    assert.deepEqual([early, late, health.ready().isHealthy], [true, false, true]);
  });

  it("is ready once every prerequisite is met", () => {
    const health = new Health({ clock: new FakeClock() });
    let isSynced = false;
    const remove = health.addPrerequisite({ name: "caches", isMet: () => isSynced });
    health.addPrerequisite({ name: "config", isMet: () => true });

    const before = health.ready();
    isSynced = true;
    const after = health.ready();
    isSynced = false;
    remove();

    assert.deepEqual(before, { isHealthy: false, text: "[-] caches: not yet\n[+] config\n" });
    assert.equal(after.isHealthy, true);
    assert.equal(health.ready().isHealthy, true);
  });

  it("is ready while no work is late, and alive while none stands still", () => {
    const health = new Health({ clock: new FakeClock() });
    let problems: readonly [delay?: string, standstill?: string] = [];
    const remove = health.addWork({ name: "queue", delay: () => problems[0], standstill: () => problems[1] });
    const look = (): readonly string[] => [health.ready().text, health.live().text];

    const fine = look();
    problems = ["late"];
    const late = look();
    problems = ["late", "stuck"];
    const stuck = look();
    remove();

    assert.deepEqual(fine, ["[+] queue\n", "[+] queue\n"]);
    assert.deepEqual(late, ["[-] queue: late\n", "[+] queue\n"]);
    assert.deepEqual(stuck, ["[-] queue: late\n", "[-] queue: stuck\n"]);
    assert.deepEqual(look(), ["ok\n", "ok\n"]);
  });
});
