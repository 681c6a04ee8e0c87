import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createMetrics } from "../../src/runtime/metrics.ts";
import type { Bug } from "./bugs.ts";
import { networkError } from "./components.ts";
import { References } from "./references.ts";
import { runSchedule } from "./run-schedule.ts";
import { type Schedule, undisturbed } from "./schedule.ts";

const metrics = createMetrics({ clock: { now: () => 0, sleep: () => Promise.resolve() } });
const references = new References({ metrics });

async function violationsOf(
  schedule: Pick<Schedule, "life"> & Partial<Schedule>,
  bug: Bug = {},
): Promise<readonly string[]> {
  const { end } = await references.of(schedule.life);
  const { violations } = await runSchedule(
    { ...undisturbed(schedule.life, 1), latencyMs: 2, ...schedule },
    { metrics, bug },
    end,
  );
  return violations;
}

/** Has the servers act on some applies of a tenant's objects of a kind, and the answers get lost. */
function losesAnswers(kind: string, times: number): Bug {
  let left = times;
  return {
    interference: async (exchange, send) => {
      const answer = await send(exchange);
      const { method, path } = exchange.request;
      if (method === "PATCH" && path.includes(`/mcp--`) && path.includes(`/${kind}/`) && left > 0) {
        left -= 1;
        throw networkError("ECONNRESET");
      }
      return answer;
    },
  };
}

/** What was found once, and must not come again. */
describe("no rule is broken", () => {
  for (const kind of ["accessrequests", "ocirepositories", "secrets"]) {
    it(`when an OCM object goes while no answer and no watch has told of its ${kind}`, async () => {
      const window = { fromMs: 0, forMs: 60_000 };
      const late = { do: "watch", what: "delay", on: "platform", share: 1, window, delayMs: 3000 } as const;

      assert.deepEqual(await violationsOf({ life: "regret", faults: [late] }, losesAnswers(kind, 12)), []);
    });
  }

  it("when a tenant is deleted while no answer and no watch has told of the workload cluster that is ordered", async () => {
    const window = { fromMs: 0, forMs: 60_000 };
    const late = { do: "watch", what: "delay", on: "platform", share: 1, window, delayMs: 3000 } as const;
    const bug = losesAnswers("clusterrequests", 12);

    assert.deepEqual(await violationsOf({ life: "workloadRegret", faults: [late] }, bug), []);
  });

  it("when a Secret that the operator has just named may not be listed, and another tenant comes", async () => {
    const window = { fromMs: 300, forMs: 600_000 };
    const forbidden = { do: "forbid", on: "platform", verb: "list", resource: "secrets", window } as const;

    assert.deepEqual(await violationsOf({ life: "together", faults: [forbidden] }), []);
  });

  it("when the leader sleeps, and its clock is set back meanwhile", async () => {
    const sleep = { do: "pause", window: { fromMs: 1541, forMs: 40_000 } } as const;
    const back = { do: "jump", atMs: 1628, byMs: -3_600_000 } as const;
    const schedule = {
      life: "planeGoes",
      faults: [sleep, back],
      replicas: 2,
      latencyMs: 0,
      tempo: "recorded",
    } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });

  it("when the operator names other Secrets while it is not known yet whether those before are there", async () => {
    const crash = { do: "crash", at: 47, moment: "after", downMs: 2000 } as const;
    const lag = { do: "lag", on: "platform", window: { fromMs: 5006, forMs: 15_000 }, lagMs: 3000 } as const;
    const down = { do: "stop", component: "registry", window: { fromMs: 2939, forMs: 2000 } } as const;
    const schedule = {
      life: "secrets",
      seed: 2445,
      faults: [crash, lag, down],
      latencyMs: 10,
      tempo: "recorded",
    } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });

  it("when a version comes back while news of the release are late", async () => {
    const watch = { do: "watch", on: "platform", delayMs: 10 } as const;
    const forget = { ...watch, what: "forget", share: 0.2, window: { fromMs: 282, forMs: 300 } } as const;
    const drop = { ...watch, what: "drop", share: 0.5, window: { fromMs: 691, forMs: 2000 } } as const;
    const schedule = { life: "restless", seed: 7602, faults: [forget, drop], latencyMs: 0 } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });

  it("when Flux is killed in the middle of a change that is taken back before it is up again", async () => {
    const killed = { do: "stop", component: "helm-controller", window: { fromMs: 710, forMs: 15_000 } } as const;
    const schedule = { life: "restless", seed: 11_163, faults: [killed], latencyMs: 10 } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });

  it("when Flux is killed in its first attempt to install what nobody wants any more", async () => {
    const killed = { do: "stopInstalling", component: "helm-controller", forMs: 5000 } as const;
    const schedule = { life: "midway", seed: 1, faults: [killed] } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });

  it("when the control plane is away while Flux installs what nobody wants any more", async () => {
    const away = { do: "stopInstalling", component: "mcp API server", forMs: 45_000 } as const;
    const schedule = { life: "midway", seed: 1, faults: [away] } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });

  it("when somebody deletes the access in the moment in which the release goes", async () => {
    const meddled = { do: "meddle", with: "AccessRequest", atMs: 394 } as const;
    const schedule = { life: "planeAgain", seed: 15_377, faults: [meddled], latencyMs: 10 } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });

  it("when a first version comes back while news of the release are late", async () => {
    const watch = { do: "watch", what: "drop" } as const;
    const platform = {
      ...watch,
      on: "platform",
      share: 0.5,
      window: { fromMs: 221, forMs: 300 },
      delayMs: 100,
    } as const;
    const mcp = { ...watch, on: "mcp", share: 0.2, window: { fromMs: 1, forMs: 15_000 }, delayMs: 1000 } as const;
    const schedule = { life: "restless", seed: 50_676, faults: [platform, mcp], tempo: "fast" } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });

  it("when Flux gives a release up because its access was deleted, and there is a new one", async () => {
    const meddled = { do: "meddle", with: "AccessRequest", atMs: 8188 } as const;
    const down = { do: "stop", component: "helm-controller", window: { fromMs: 6395, forMs: 300 } } as const;
    const lag = { do: "lag", on: "platform", window: { fromMs: 1523, forMs: 45_000 }, lagMs: 100 } as const;
    const crash = { do: "crash", at: 63, moment: "after", downMs: 0 } as const;
    const faults = [meddled, down, lag, crash];
    const schedule = { life: "together", seed: 104_152, faults, tempo: "recorded" } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });

  it("when a tenant comes while nobody may follow the settings that have just named another target", async () => {
    const forbid = { do: "forbid", verb: "watch", on: "platform" } as const;
    const releases = { ...forbid, resource: "helmreleases", window: { fromMs: 787, forMs: 2000 } } as const;
    const settings = { ...forbid, resource: "providerconfigs", window: { fromMs: 11, forMs: 30_000 } } as const;
    const faults = [releases, settings];
    const schedule = { life: "workloadAndBack", seed: 112_627, faults, latencyMs: 50, tempo: "fast" } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });

  it("when a tenant comes back in another shard, while the one before cannot see that it is gone", async () => {
    const down = { do: "stop", component: "onboarding API server", window: { fromMs: 682, forMs: 15_000 } } as const;
    const there = { do: "move", to: "b", atMs: 592 } as const;
    const back = { do: "move", to: null, atMs: 3957 } as const;
    const faults = [down, there, back];
    const schedule = { life: "midway", seed: 9006, faults, replicas: 2, latencyMs: 10, isSharded: true } as const;

    assert.deepEqual(await violationsOf(schedule), []);
  });
});
