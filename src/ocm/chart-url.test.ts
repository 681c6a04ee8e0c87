import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { StalledError } from "../runtime/errors.ts";
import { normalizeChartURL } from "./chart-url.ts";

describe("normalizeChartURL", () => {
  it("adds oci:// when it is missing", () => {
    assert.equal(normalizeChartURL("ghcr.io/org/chart", "f"), "oci://ghcr.io/org/chart");
  });

  it("keeps oci:// and a port", () => {
    assert.equal(normalizeChartURL("oci://localhost:5000/a/b-c_d", "f"), "oci://localhost:5000/a/b-c_d");
  });

  const refused = [
    "https://example.com/chart",
    "http://example.com/chart",
    "example.com/chart:0.4.0",
    "example.com/chart@sha256:00",
    "oci://example.com/chart:latest",
    "example.com",
    "example.com/",
    "example.com/Chart",
    "oci://",
    "",
    "a b/c",
  ];
  for (const text of refused) {
    it(`refuses "${text}" and names field and expectation`, () => {
      assert.throws(
        () => normalizeChartURL(text, "spec.chartURL"),
        (error) => error instanceof StalledError && /^spec\.chartURL: .*host\[:port\]\/repository/.test(error.message),
      );
    });
  }

  it("does not repeat credentials that stand in a refused URL", () => {
    assert.throws(
      () => normalizeChartURL("https://user:hunter2@example.com/chart", "spec.chartURL"),
      (error) => error instanceof StalledError && !error.message.includes("hunter2"),
    );
  });
});
