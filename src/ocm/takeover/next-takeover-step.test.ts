import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import type { HelmRelease } from "../../flux/helm-release.ts";
import { nextTakeoverStep, type TakeoverSituation } from "./next-takeover-step.ts";
import { playRelease } from "./testing/play-release.ts";

const untouched: TakeoverSituation = {
  oldRelease: playRelease({ history: 1 }),
  newRelease: undefined,
  isMarked: false,
  isPrepared: true,
};

function suspendedByUs(): HelmRelease {
  const { metadata, ...suspended } = playRelease({ suspend: true });
  const fieldsV1 = { "f:spec": { "f:suspend": {} } };
  return { ...suspended, metadata: { ...metadata, managedFields: [{ manager: "service-provider-ocm", fieldsV1 }] } };
}

describe("nextTakeoverStep", () => {
  const cases: readonly (readonly [string, Partial<TakeoverSituation>, string])[] = [
    ["puts the old release away when the new one can follow", {}, "putAway"],
    ["leaves it at work until then", { isPrepared: false }, "preparation"],
    ["leaves one alone that somebody else has suspended", { oldRelease: playRelease({ suspend: true }) }, "resumption"],
    [
      "goes on with one that it has suspended itself",
      { oldRelease: playRelease({ suspend: true }), isMarked: true },
      "putAway",
    ],
    [
      "goes on with one that a removal without a control plane has suspended",
      { oldRelease: suspendedByUs() },
      "putAway",
    ],
    [
      "waits until the old one is gone",
      { oldRelease: playRelease({ deleting: true }), isMarked: true },
      "oldReleaseToGo",
    ],
    ["installs when the old one is gone", { oldRelease: undefined, isMarked: true }, "install"],
    ["installs where there has never been one", { oldRelease: undefined }, "install"],
    [
      "is not over before Flux has found the Helm release",
      { oldRelease: undefined, newRelease: playRelease(), isMarked: true },
      "install",
    ],
    [
      "is over when Flux has found the Helm release",
      { oldRelease: undefined, newRelease: playRelease({ history: 2 }), isMarked: true },
      "removeMark",
    ],
    [
      "is not over while the release goes, which Flux may let go of",
      { oldRelease: undefined, newRelease: playRelease({ history: 2, deleting: true }), isMarked: true },
      "install",
    ],
  ];
  for (const [behaviour, change, expected] of cases) {
    it(behaviour, () => {
      const step = nextTakeoverStep({ ...untouched, ...change });

      assert.equal(step.do === "wait" ? step.for : step.do, expected);
    });
  }

  it("never lets two HelmReleases stand for one Helm release, whatever the state", () => {
    const release = fc
      .record({ suspend: fc.boolean(), deleting: fc.boolean(), history: fc.constantFrom(0, 1) })
      .map(playRelease);
    const situations = fc.record({
      oldRelease: release,
      newRelease: fc.option(release, { nil: undefined }),
      isMarked: fc.boolean(),
      isPrepared: fc.boolean(),
    });

    fc.assert(fc.property(situations, (situation) => nextTakeoverStep(situation).do !== "install"));
  });
});
