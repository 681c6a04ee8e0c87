import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { everyMetric } from "../support/every-metric.ts";
import { documentedMetrics, familiesIn, isOfProcess } from "../support/metric-families.ts";

describe("docs/metrics.md", () => {
  it("explains every metric once, with its type and its labels, and no other", async () => {
    const families = familiesIn(await everyMetric()).filter(({ name }) => !isOfProcess(name));
    const documented = documentedMetrics(readFileSync("docs/metrics.md", "utf8"));

    assert.deepEqual(
      documented.map(({ name, type, labels }) => `${name} ${type} ${labels.join()}`).toSorted(),
      families.map(({ name, type, labels }) => `${name} ${type} ${labels.join()}`).toSorted(),
    );
  });

  it("names the metrics of the process as a group", async () => {
    const groups = familiesIn(await everyMetric())
      .filter(({ name }) => isOfProcess(name))
      .map(({ name }) => name.slice(0, name.indexOf("_")));

    assert.deepEqual([...new Set(groups)].toSorted(), ["nodejs", "process"]);
  });
});
