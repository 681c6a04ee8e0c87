import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import type { HelmRelease } from "../../src/flux/helm-release.ts";
import type { OCIRepository } from "../../src/flux/oci-repository.ts";
import { inActionSince, installedRelease, manifestDigest, readRelease, readSource } from "../../src/flux/readiness.ts";

const folder = join(import.meta.dirname, "../../sim/flux/recordings");

type RecordedEvent = {
  readonly event?: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind?: string;
  readonly name: string;
  readonly generation: number;
  readonly deletionTimestamp?: string;
  readonly spec?: object;
  readonly status?: object;
};

type Moment = { readonly source?: OCIRepository; readonly release?: HelmRelease };

/** What the two real controllers had written at each moment of a recorded situation. */
function* moments(situation: string): Generator<Moment> {
  const recording = JSON.parse(readFileSync(join(folder, `${situation}.json`), "utf8")) as {
    readonly events: readonly RecordedEvent[];
  };
  let now: Moment = {};
  for (const { event, kind, name, generation, deletionTimestamp, spec, status } of recording.events) {
    if (event === undefined) {
      continue;
    }
    const metadata = { name, generation, ...(deletionTimestamp !== undefined && { deletionTimestamp }) };
    const object = event === "DELETED" ? undefined : { apiVersion: "", kind: kind ?? "", metadata, spec, status };
    const { [kind === "HelmRelease" ? "release" : "source"]: _, ...others } = now;
    now = { ...others, ...(object && { [kind === "HelmRelease" ? "release" : "source"]: object }) };
    yield now;
  }
}

function statesOf(situation: string, read: (moment: Moment) => string): string[] {
  const states = Array.from(moments(situation), read);
  return states.filter((state, index) => state !== states[index - 1]);
}

function releaseStates(situation: string): string[] {
  return statesOf(situation, ({ source, release }) => {
    const reading = readRelease(release, source);
    return "reason" in reading ? `${reading.state} ${reading.reason}` : reading.state;
  });
}

function sourceStates(situation: string): string[] {
  return statesOf(situation, ({ source }) => {
    const reading = readSource(source);
    return "reason" in reading ? `${reading.state} ${reading.reason}` : reading.state;
  });
}

const expectedReleaseStates: Readonly<Record<string, readonly string[]>> = {
  "credentials-missing": ["absent", "progressing"],
  "credentials-wrong": ["absent", "progressing", "ready"],
  "deleted-suspended": ["absent", "progressing", "ready", "suspended", "terminating", "absent"],
  digest: ["absent", "progressing", "ready"],
  // Installed, upgraded, values changed, suspended and resumed, removed.
  install: [
    "progressing",
    "ready",
    "progressing",
    "ready",
    "progressing",
    "ready",
    "suspended",
    "progressing",
    "ready",
    "terminating",
    "absent",
  ],
  "kubeconfig-401": ["absent", "progressing", "failing StateError", "progressing", "ready", "terminating", "absent"],
  "kubeconfig-missing": ["absent", "progressing", "failing RESTClientError", "terminating", "absent"],
  "never-healthy": [
    "absent",
    "progressing",
    "failing InstallFailed",
    "stalled RetriesExceeded",
    "failing InstallFailed",
    "failing UpgradeFailed",
    "stalled MissingRollbackTarget",
  ],
  retagged: ["absent", "progressing", "ready", "progressing", "ready", "progressing", "ready"],
  "source-missing": ["progressing", "failing ArtifactFailed"],
  "tag-missing": ["absent", "progressing", "ready"],
  "upgrade-fails": [
    "absent",
    "progressing",
    "ready",
    "progressing",
    "failing UpgradeFailed",
    "stalled RetriesExceeded",
    "progressing",
    "ready",
  ],
  "values-invalid": ["absent", "progressing", "failing InstallFailed", "progressing", "ready"],
};

const expectedSourceStates: Readonly<Record<string, readonly string[]>> = {
  "credentials-missing": ["progressing", "failing AuthenticationFailed"],
  "credentials-wrong": ["progressing", "failing OCIArtifactPullFailed", "progressing", "ready"],
  "tag-missing": ["progressing", "failing OCIArtifactPullFailed", "progressing", "ready"],
  retagged: ["progressing", "ready", "progressing", "ready"],
};

describe("readRelease, on what real controllers wrote", () => {
  const situations = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.replace(".json", ""));

  it("has an expectation for every recorded situation", () => {
    assert.deepEqual(situations.toSorted(), Object.keys(expectedReleaseStates).toSorted());
  });

  for (const situation of situations) {
    it(`goes through the states without flapping: ${situation}`, () => {
      assert.deepEqual(releaseStates(situation), expectedReleaseStates[situation]);
    });

    it(`keeps a release ready during the checks at each interval: ${situation}`, () => {
      for (const { source, release } of moments(situation)) {
        if (readRelease(release, source).state === "ready") {
          assert.equal(readRelease(inRoutineCheck(release, "True"), source).state, "ready");
          assert.equal(readRelease(inRoutineCheck(release, "Unknown"), source).state, "ready");
          assert.equal(readRelease(inRoutineCheck(release, "False"), source).state, "failing");
        }
      }
    });

    it(`never calls a release ready that is not of the current chart: ${situation}`, () => {
      for (const { source, release } of moments(situation)) {
        if (readRelease(release, source).state === "ready") {
          assert.equal(installedRelease(release)?.ociDigest, manifestDigest(source));
          assert.equal(release?.status?.observedGeneration, release?.metadata.generation);
        }
      }
    });
  }
});

describe("readSource, on what the real controller wrote", () => {
  for (const [situation, expected] of Object.entries(expectedSourceStates)) {
    it(`goes through the states without flapping: ${situation}`, () => {
      assert.deepEqual(sourceStates(situation), expected);
    });
  }
});

/** What helm-controller writes for a moment at each interval, and what it would write if the check failed. */
function inRoutineCheck(
  release: HelmRelease | undefined,
  ready: "True" | "Unknown" | "False",
): HelmRelease | undefined {
  const observedGeneration = release?.metadata.generation ?? 0;
  const common = { reason: "Progressing", message: "", observedGeneration, lastTransitionTime: "" };
  return (
    release && {
      ...release,
      status: {
        ...release.status,
        conditions: [
          { ...common, type: "Reconciling", status: "True" },
          { ...common, type: "Ready", status: ready },
        ],
      },
    }
  );
}

describe("what the controllers tell of Helm's actions", () => {
  it("tells of an upgrade, of its rollback, and of the rest between two attempts", () => {
    const states = statesOf("upgrade-fails", ({ release }) => {
      const ready = release?.status?.conditions?.find(({ type }) => type === "Ready");
      return `${ready?.reason ?? "nothing"}: ${inActionSince(release) === undefined ? "rest" : "action"}`;
    });

    assert.deepEqual(states, [
      "nothing: rest",
      "nothing: action",
      "SourceNotReady: rest",
      "Progressing: action",
      "InstallSucceeded: action",
      "InstallSucceeded: rest",
      "InstallSucceeded: action",
      "Progressing: action",
      "UpgradeFailed: action",
      "RollbackSucceeded: rest",
      "RollbackSucceeded: action",
      "Progressing: action",
      "UpgradeFailed: action",
      "RollbackSucceeded: rest",
      "RollbackSucceeded: action",
      "Progressing: action",
      "UpgradeSucceeded: action",
      "UpgradeSucceeded: rest",
    ]);
  });
});
