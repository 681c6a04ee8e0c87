import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { removalDetour } from "./removal-detour.ts";
import { playRelease } from "./testing/play-release.ts";

type Situation = Parameters<typeof removalDetour>[0];

const none: Situation = { oldRelease: undefined, newRelease: undefined, isMarked: false, hasAccess: true };
const suspended = playRelease({ suspend: true, history: 1 });

describe("removalDetour", () => {
  const cases: readonly (readonly [string, Partial<Situation>, ReturnType<typeof removalDetour>])[] = [
    ["is not needed where nothing changes hands", { newRelease: playRelease() }, undefined],
    ["is not needed for an old release that is at work", { oldRelease: playRelease({ history: 1 }) }, undefined],
    ["is not needed for one that somebody else has suspended", { oldRelease: suspended }, undefined],
    ["is not needed for one that is being uninstalled", { oldRelease: playRelease({ deleting: true }) }, undefined],
    [
      "resumes an old release that was suspended for the takeover",
      { oldRelease: suspended, isMarked: true },
      "resumeRelease",
    ],
    [
      "calls the takeover off once the old release is resumed",
      { oldRelease: playRelease(), isMarked: true },
      "removeMark",
    ],
    [
      "waits for an old release that goes without being uninstalled",
      { oldRelease: playRelease({ suspend: true, deleting: true }), isMarked: true },
      "waitForFlux",
    ],
    ["takes over what no HelmRelease stands for", { isMarked: true }, "takeOverRelease"],
    ["waits until Flux has found the Helm release", { newRelease: playRelease(), isMarked: true }, "waitForFlux"],
    ["ends when Flux has found it", { newRelease: playRelease({ history: 1 }), isMarked: true }, "removeMark"],
    [
      "waits for a new release that goes before Flux has found it",
      { newRelease: playRelease({ deleting: true }), isMarked: true },
      "waitForFlux",
    ],
    [
      "stays while Flux may let go of a release that it cannot reach",
      { newRelease: playRelease({ history: 1, deleting: true }), isMarked: true, hasAccess: false },
      undefined,
    ],
    [
      "ends when Flux can reach such a release again",
      { newRelease: playRelease({ history: 1, deleting: true }), isMarked: true },
      "removeMark",
    ],
    [
      "leaves a new release to whoever has suspended it",
      { newRelease: playRelease({ suspend: true }), isMarked: true },
      undefined,
    ],
  ];
  for (const [behaviour, change, expected] of cases) {
    it(behaviour, () => {
      assert.equal(removalDetour({ ...none, ...change }), expected);
    });
  }

  it("takes over in order to remove only where the Helm release has no other HelmRelease", () => {
    const release = fc
      .record({ suspend: fc.boolean(), deleting: fc.boolean(), history: fc.constantFrom(0, 1) })
      .map(playRelease);
    const some = fc.option(release, { nil: undefined });
    const situations = fc.record({
      oldRelease: some,
      newRelease: some,
      isMarked: fc.boolean(),
      hasAccess: fc.boolean(),
    });

    fc.assert(
      fc.property(situations, (situation) => {
        const { oldRelease, newRelease, isMarked } = situation;
        const isHeadless = isMarked && oldRelease === undefined && newRelease === undefined;
        assert.equal(removalDetour(situation) === "takeOverRelease", isHeadless);
      }),
    );
  });
});
