import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { VirtualClock } from "../../sim/clock.ts";
import { helmReleaseType, ociRepositoryType } from "../../sim/flux/kinds.ts";
import { normalize } from "./normalize.ts";
import { isAction, readRecording, type RecordedEvent, type RecordedState, type Recording } from "./recording.ts";
import { recordedObject, situation, type Situation } from "./situations.ts";
import { setStage, type Stage } from "./stage.ts";

const NAMES = [
  "credentials-missing",
  "credentials-wrong",
  "deleted-suspended",
  "digest",
  "install",
  "kubeconfig-401",
  "kubeconfig-missing",
  "never-healthy",
  "retagged",
  "source-missing",
  "tag-missing",
  "upgrade-fails",
  "values-invalid",
];
const KINDS = ["OCIRepository", "HelmRelease"];
const LIMIT_MS = 60_000;

describe("the stand-ins for Flux do what the real controllers did", () => {
  for (const name of NAMES) {
    const recording = readRecording(name);
    it(`when: ${recording.what}`, async () => {
      const clock = new VirtualClock();
      const namespace = `rec-${name}`;
      const stage = (await clock.runUntil(setStage(clock, namespace))) as Stage;

      await replay(stage, recording, { name, namespace });

      for (const kind of KINDS) {
        const expected = statesOf(recording.events, kind);
        assert.deepEqual(statesOf(stage.seen, kind).slice(0, expected.length), expected, `${kind} of ${name}`);
      }
      assert.deepEqual(stage.errors, []);
      stage.stop();
    });
  }
});

type Scene = { readonly name: string; readonly namespace: string };

async function replay(stage: Stage, recording: Recording, { name, namespace }: Scene): Promise<void> {
  const { source, release, actions = {}, token }: Situation = situation(name, stage.digest);
  await stage.clock.runUntil(stage.writeKubeconfig(token ?? stage.target.api.adminToken));
  if (source !== undefined) {
    await stage.platform.create(recordedObject(ociRepositoryType, "src", { namespace, spec: source }));
  }
  await stage.platform.create(recordedObject(helmReleaseType, "rel", { namespace, spec: release }));
  for (const [index, event] of recording.events.entries()) {
    const act = isAction(event) ? actions[event.action] : undefined;
    if (act !== undefined) {
      await reach(stage, recording.events.slice(0, index));
      await stage.clock.runUntil(act(stage));
    }
  }
  await reach(stage, recording.events);
}

/** Lets time pass until as much has happened as in the recording. What came out differently shows in the comparison. */
async function reach(stage: Stage, events: readonly RecordedEvent[]): Promise<void> {
  const isReached = (): boolean =>
    KINDS.every((kind) => statesOf(stage.seen, kind).length >= statesOf(events, kind).length);
  try {
    await stage.clock.runUntil(isReached, { limitMs: LIMIT_MS });
  } catch {
    // The comparison at the end tells more than "not reached".
  }
}

function statesOf(events: readonly RecordedEvent[], kind: string): readonly object[] {
  const states = events.filter((event): event is RecordedState => !isAction(event) && event.kind === kind);
  return normalize(states);
}
