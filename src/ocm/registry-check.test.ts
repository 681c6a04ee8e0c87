import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { RegistryError } from "../flux/registry.ts";
import { judgePull, judgeRegistryError, pullsOf } from "./registry-check.ts";
import { settingsOf } from "./testing/operator-objects.ts";

describe("pullsOf", () => {
  it("asks for any tag where every version is on offer", () => {
    const settings = settingsOf({ chartURL: "r.example/chart" });

    assert.deepEqual(
      pullsOf({ settings }).map(({ references }) => references),
      [[]],
    );
  });

  it("asks each repository with each login once, for all versions there", () => {
    const digest = `sha256:${"1".repeat(64)}`;
    const settings = settingsOf({
      chartURL: "r.example/chart",
      imagePullSecret: { name: "one" },
      versions: [
        { version: "1.0.0" },
        { version: "1.1.0", chartVersion: `1.1.0@${digest}` },
        { version: "1.2.0", chartPullSecret: "two" },
        { version: "1.3.0", chartURL: "other.example/chart" },
      ],
    });

    assert.deepEqual(
      pullsOf({ settings }).map(({ chart, references }) => [chart.url, chart.pullSecret, references]),
      [
        ["oci://r.example/chart", "one", ["1.0.0", digest]],
        ["oci://r.example/chart", "two", ["1.2.0"]],
        ["oci://other.example/chart", "one", ["1.3.0"]],
      ],
    );
  });
});

describe("the answers of a registry", () => {
  const sight = { repository: "r.example/chart", login: "without a login", wanted: ["1.0.0", "2.0.0"] };

  it("are fine when each version is there", () => {
    assert.equal(judgePull({ ...sight, answers: ["sha256:1", "sha256:2"] })[0]?.level, "ok");
  });

  it("name the versions that cannot be pulled, and why", () => {
    const missing = new RegistryError("missing", "GET …/manifests/2.0.0: 404 MANIFEST_UNKNOWN");

    const [finding] = judgePull({ ...sight, answers: ["sha256:1", missing] });

    assert.equal(finding?.level, "failed");
    assert.match(finding.found, /does not give 2\.0\.0 without a login: .*MANIFEST_UNKNOWN/u);
    assert.match(finding.advice ?? "", /push the chart/u);
  });

  it("lead to another advice for each reason", () => {
    const advices = (["unreachable", "refused", "missing", "unexpected"] as const).map(
      (why) => judgeRegistryError(new RegistryError(why, "no"), sight).advice,
    );

    assert.equal(new Set(advices).size, 4);
  });
});
