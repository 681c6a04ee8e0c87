import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";

import { compileSelection, newestFirst, SelectionError, type VersionSelection } from "./version-selection.ts";

const VERSIONS = ["0.4.0", "v0.5.0", "0.6.0-rc.1", "0.13.0", "1.0.0", "latest", "nightly-2026"];

describe("a selection of versions", () => {
  const cases: readonly (readonly [VersionSelection, readonly string[]])[] = [
    [{}, VERSIONS],
    [{ semver: "*" }, ["0.4.0", "v0.5.0", "0.13.0", "1.0.0"]],
    [{ semver: ">=0.5.0 <1.0.0" }, ["v0.5.0", "0.13.0"]],
    [{ semver: ">= 0.5.0, < 1.0.0" }, ["v0.5.0", "0.13.0"]],
    [{ semver: "^0.4" }, ["0.4.0"]],
    [{ semver: "~0.4.0 || 1.x" }, ["0.4.0", "1.0.0"]],
    [{ semver: ">=0.5.0-0" }, ["v0.5.0", "0.6.0-rc.1", "0.13.0", "1.0.0"]],
    [{ filter: String.raw`^\d` }, ["0.4.0", "0.6.0-rc.1", "0.13.0", "1.0.0"]],
    [{ filter: "nightly" }, ["nightly-2026"]],
    [{ semver: ">=0.5.0", filter: "^v" }, ["v0.5.0"]],
  ];
  for (const [selection, expected] of cases) {
    it(`keeps what is wanted: ${JSON.stringify(selection)}`, () => {
      assert.deepEqual(VERSIONS.filter(compileSelection(selection)), expected);
    });
  }

  const wrong: readonly (readonly [VersionSelection, RegExp])[] = [
    [{ semver: "newest" }, /^"newest" is no semver constraint, expected comparators/],
    [{ semver: "!=0.4.0" }, /^"!=0.4.0" is no semver constraint/],
    [{ filter: "(" }, /^"\(" is no regular expression$/],
  ];
  for (const [selection, message] of wrong) {
    it(`is refused when it cannot be compiled: ${JSON.stringify(selection)}`, () => {
      assert.throws(
        () => compileSelection(selection),
        (error) =>
          error instanceof SelectionError && Object.hasOwn(selection, error.field) && message.test(error.message),
      );
    });
  }
});

describe("the order of versions", () => {
  it("begins with the newest, and ends with what is no semver", () => {
    const ordered = ["nightly", "0.9.0", "latest", "v0.13.0", "0.13.0-rc.2", "0.13.0-rc.10"].toSorted(newestFirst);

    assert.deepEqual(ordered, ["v0.13.0", "0.13.0-rc.10", "0.13.0-rc.2", "0.9.0", "nightly", "latest"]);
  });

  it("does not depend on the order in which the versions come", () => {
    const versions = ["1.0.0", "v1.0.0", "1.0.0-a", "1.0", "latest", "0.4.0"];
    const expected = versions.toSorted(newestFirst);

    fc.assert(
      fc.property(fc.shuffledSubarray(versions, { minLength: versions.length }), (shuffled) => {
        assert.deepEqual(shuffled.toSorted(newestFirst), expected);
      }),
    );
  });
});
