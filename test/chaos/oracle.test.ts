import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createMetrics } from "../../src/runtime/metrics.ts";
import {
  type Bug,
  deletesOnStaleList,
  finalizerTooEarly,
  forgetsOwnWrites,
  insistsOnTheForbidden,
  leavesClusterBehind,
  leavesSourceBehind,
  readyFromStaleGeneration,
  tellsSecrets,
  touchesForeignObjects,
  waitsForTheMute,
  writesWithoutLease,
} from "./bugs.ts";
import {
  changesValuesOnHandOver,
  flattersFollowers,
  holdsBoth,
  keepsTheLeaderSecret,
  knowsOneGroup,
  leavesAccessBehind,
  makesReleaseAnew,
  movesAccessTooEarly,
  tellsFollowersLate,
} from "./hand-over-bugs.ts";
import type { LifeName } from "./lives.ts";
import { References } from "./references.ts";
import { runSchedule } from "./run-schedule.ts";
import { type Schedule, undisturbed } from "./schedule.ts";

const metrics = createMetrics({ clock: { now: () => 0, sleep: () => Promise.resolve() } });
const references = new References({ metrics });

async function violationsOf(bug: Bug, schedule: Pick<Schedule, "life"> & Partial<Schedule>): Promise<string> {
  const { end } = await references.of(schedule.life);
  const { violations } = await runSchedule(
    { ...undisturbed(schedule.life, 1), latencyMs: 2, ...schedule },
    { metrics, bug },
    end,
  );
  return violations.join("\n");
}

describe("what watches over a life", () => {
  const found: readonly [string, Bug, LifeName, RegExp][] = [
    ["a finalizer that goes too early", finalizerTooEarly, "whole", /finalizer was not last|orphaned/],
    ["Ready for a generation that is not installed", readyFromStaleGeneration, "whole", /Ready is untrue/],
    ["a deletion because of a stale list", deletesOnStaleList(), "again", /orphaned/],
    ["an object that is left behind", leavesSourceBehind, "again", /finalizer was not last|does not come to its end/],
    ["a secret in a status", tellsSecrets, "whole", /a secret shows up/],
    [
      "a finalizer that goes before a workload cluster",
      finalizerTooEarly,
      "workload",
      /finalizer was not last|orphaned/,
    ],
    ["a workload cluster that is not given back", leavesClusterBehind, "workload", /does not come to its end/],
    ["a state that own writes have made old", forgetsOwnWrites, "whole", /Ready is untrue/],
    ["a touched object of somebody else", touchesForeignObjects, "again", /touched: DELETED/],
    [
      "an uninstallation while another object asks",
      knowsOneGroup,
      "flicker",
      /uninstalled: HelmRelease .* asks for it/,
    ],
    ["access that goes while Flux works with it", movesAccessTooEarly, "migrate", /cut off: HelmRelease/],
    ["access that is left behind", leavesAccessBehind, "migrate", /at the end .* has accessrequests/],
    ["a release that is made anew", makesReleaseAnew, "leftLater", /uninstalled: the Deployment/],
    ["a change that nobody has asked for", changesValuesOnHandOver, "leftLater", /changed: nothing else is asked/],
    ["Ready for what the leader does not ask for", flattersFollowers, "rarelyTwins", /Ready is untrue/],
    ["Ready that is not taken back from who follows", tellsFollowersLate, "differs", /Ready is not taken back/],
    ["two objects that are held", holdsBoth, "restlessTwins", /at the end .* has finalizers/],
    ["an object that does not say who leads", keepsTheLeaderSecret, "kindsMissing", /does not say who leads/],
  ];
  for (const [what, bug, life, expected] of found) {
    it(`finds ${what}`, async () => {
      assert.match(await violationsOf(bug, { life }), expected);
    });
  }

  it("finds tenants that wait because one control plane does not answer", async () => {
    const mute = { do: "mute", on: "mcp", window: { fromMs: 100, forMs: 600_000 } } as const;

    const violations = await violationsOf(waitsForTheMute(), { life: "together", faults: [mute] });

    assert.match(violations, /waits for more than 15 s, and nobody serves it/);
  });

  it("finds tenants that wait because a single kind may not be listed", async () => {
    const window = { fromMs: 300, forMs: 600_000 };
    const forbidden = { do: "forbid", on: "platform", verb: "list", resource: "secrets", window } as const;

    const violations = await violationsOf(insistsOnTheForbidden(), { life: "together", faults: [forbidden] });

    assert.match(violations, /waits for more than 15 s, and nobody serves it/);
  });

  it("finds a write after a lost lease", async () => {
    const pause = { do: "pause", window: { fromMs: 200, forMs: 40_000 } } as const;

    const violations = await violationsOf(writesWithoutLease, { life: "restless", faults: [pause], replicas: 2 });

    assert.match(violations, /two writers/);
  });

  it("finds nothing when nothing is wrong", async () => {
    assert.equal(await violationsOf({}, { life: "whole" }), "");
  });
});
