import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readOffers } from "./offers.ts";
import { SettingError } from "./setting-error.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const common = { url: "oci://r.example/chart", pullSecret: "pull", values: { manager: { a: 1 } } };

describe("readOffers", () => {
  it("has none when the ProviderConfig lists none", () => {
    assert.deepEqual(readOffers({}, common), []);
    assert.deepEqual(readOffers({ versions: [] }, common), []);
  });

  it("inherits everything that an entry leaves out", () => {
    const [offer] = readOffers({ versions: [{ version: "0.4.0" }], values: common.values }, common);

    assert.deepEqual(offer, {
      version: "0.4.0",
      chart: { ...common, version: { text: "0.4.0", ref: { tag: "0.4.0" } } },
    });
  });

  it("takes what an entry says before what is common, and lays its values over the common ones", () => {
    const entry = {
      version: "stable",
      chartVersion: `0.4.0@${DIGEST}`,
      chartURL: "other.example/chart",
      chartPullSecret: "other",
      values: { manager: { b: 2 } },
    };

    assert.deepEqual(readOffers({ versions: [entry], values: common.values }, common)[0]?.chart, {
      url: "oci://other.example/chart",
      version: { text: `0.4.0@${DIGEST}`, ref: { digest: DIGEST } },
      pullSecret: "other",
      values: { manager: { a: 1, b: 2 } },
    });
  });

  const mistakes: readonly (readonly [field: string, entry: object])[] = [
    ["spec.versions[^0.4].version", { version: "^0.4" }],
    ["spec.versions[stable].chartVersion", { version: "stable", chartVersion: ">=0.4.0" }],
    ["spec.versions[stable].chartURL", { version: "stable", chartURL: "https://r.example/chart" }],
  ];
  for (const [field, entry] of mistakes) {
    it(`names ${field} when it is not valid`, () => {
      assert.throws(
        () => readOffers({ versions: [{ version: "", ...entry }] }, common),
        (error) =>
          error instanceof SettingError &&
          error.reason === "InvalidProviderConfig" &&
          error.message.startsWith(`${field}: `),
      );
    });
  }
});
