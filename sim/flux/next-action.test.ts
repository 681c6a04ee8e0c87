import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type Decision, isExhausted, nextAction, type Remediation, type Situation } from "./next-action.ts";
import type { Snapshot } from "./release-history.ts";

const calm: Remediation = { strategy: "rollback", retries: 3, remediateLastFailure: true, failures: 0 };
const failed: Remediation = { ...calm, failures: 1 };
const spent: Remediation = { ...calm, failures: 4 };

const table: readonly (readonly [string, Partial<Situation>, Decision])[] = [
  ["does nothing for a release that is in sync", { state: "in-sync" }, { do: "done" }],
  ["upgrades a release in sync when forced", { state: "in-sync", forced: true }, { do: "run", action: "upgrade" }],
  ["installs what is absent", { state: "absent" }, { do: "run", action: "install" }],
  [
    "gives up installing after the retries",
    { state: "absent", install: spent },
    { do: "stall", reason: "RetriesExceeded" },
  ],
  [
    "installs beyond the retries when forced",
    { state: "absent", install: spent, forced: true },
    { do: "run", action: "install" },
  ],
  ["ends first what was begun and never ended", { state: "locked", history: [entry(1, "deployed")] }, { do: "unlock" }],
  ["takes over a release it does not know", { state: "unmanaged" }, { do: "run", action: "upgrade" }],
  ["upgrades what is out of sync", { state: "out-of-sync" }, { do: "run", action: "upgrade" }],
  [
    "gives up upgrading after the retries",
    { state: "out-of-sync", upgrade: spent },
    { do: "stall", reason: "RetriesExceeded" },
  ],
  [
    "tries a failed release again once circumstances changed",
    { state: "failed", active: calm },
    { do: "run", action: "upgrade" },
  ],
  [
    "rolls a failed upgrade back",
    { state: "failed", active: failed, history: [entry(2, "failed"), entry(1, "deployed")] },
    { do: "run", action: "rollback" },
  ],
  [
    "stalls when there is nothing to roll back to",
    { state: "failed", active: failed, history: [entry(2, "failed"), entry(1, "failed")] },
    { do: "stall", reason: "MissingRollbackTarget" },
  ],
  [
    "uninstalls a failed installation",
    { state: "failed", active: { ...failed, strategy: "uninstall" } },
    { do: "run", action: "uninstall" },
  ],
  [
    "leaves the last failure alone unless told otherwise",
    { state: "failed", active: { ...spent, remediateLastFailure: false } },
    { do: "stall", reason: "RetriesExceeded" },
  ],
];

describe("the next Helm action", () => {
  for (const [name, situation, expected] of table) {
    it(name, () => {
      const usual: Situation = {
        state: "in-sync",
        history: [],
        install: calm,
        upgrade: calm,
        active: undefined,
        forced: false,
      };

      assert.deepEqual(nextAction({ ...usual, ...situation }), expected);
    });
  }

  it("never runs out of unlimited retries", () => {
    assert.equal(isExhausted({ ...spent, retries: -1 }), false);
  });
});

function entry(version: number, status: string): Snapshot {
  return {
    version,
    status,
    digest: `digest ${String(version)}`,
    configDigest: "config",
    name: "release",
    namespace: "namespace",
    chartName: "chart",
    chartVersion: "1.0.0",
  };
}
