import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Fault } from "../faults.ts";
import type { RunResult } from "../play-schedule.ts";
import { RealStage } from "./real-stage.ts";
import { runRealSchedule, runUndisturbed } from "./run-real-schedule.ts";

// All of them plays `npm run chaos -- --real`; these are of what a simulated world has least of: processes.
const FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  "the leader is stopped until after its lease, and goes on": [
    { do: "pause", window: { fromMs: 4000, forMs: 20_000 } },
  ],
  "the leader and etcd are killed": [
    { do: "crash", at: 60, moment: "after", downMs: 0 },
    { do: "stop", component: "etcd", window: { fromMs: 6000, forMs: 2000 } },
  ],
};
const LIFE = "blocked";

describe("a life on real clusters", () => {
  let stage: RealStage | undefined;
  let undisturbed: RunResult;
  const started = (): RealStage => stage ?? assert.fail("expected a stage that has been started");
  before(async () => {
    stage = await RealStage.start();
    undisturbed = await runUndisturbed(LIFE, stage);
  });
  after(() => stage?.stop());

  for (const [what, faults] of Object.entries(FAULTS)) {
    it(`ends as without faults when ${what}`, async () => {
      const { violations } = await runRealSchedule({ seed: 1, life: LIFE, faults }, started(), undisturbed.end);

      assert.deepEqual(violations, []);
    });
  }

  it("hands an installation over to an object of the other API group when the leader is killed on the way", async () => {
    const killed = { do: "crash", at: 45, moment: "after", downMs: 0 } as const;

    const { violations } = await runRealSchedule({ seed: 1, life: "migrate", faults: [killed] }, started());

    assert.deepEqual(violations, []);
  });

  it("leaves nothing behind when Flux is killed in its first attempt to install what nobody wants any more", async () => {
    const killed = { do: "stopInstalling", component: "helm-controller", forMs: 4000 } as const;

    const { violations } = await runRealSchedule({ seed: 1, life: "midway", faults: [killed] }, started());

    assert.deepEqual(violations, []);
  });
});
