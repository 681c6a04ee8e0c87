import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { packChart } from "./pack-chart.ts";
import { chartVersions } from "./versions.ts";

void describe("the packed chart", () => {
  void it("is the same bytes for the same version, and others for another", async () => {
    const [first, again, other] = await Promise.all([packChart("0.4.0"), packChart("0.4.0"), packChart("0.5.0")]);

    assert.deepEqual(first.archive, again.archive);
    assert.notDeepEqual(first.archive, other.archive);
  });

  for (const version of chartVersions) {
    void it(`can be read by tar and states version ${version}`, async () => {
      const { archive } = await packChart(version);

      const names = execFileSync("tar", ["-tzf", "-"], { input: archive, encoding: "utf8" }).trim().split("\n");
      const chart = execFileSync("tar", ["-xzOf", "-", "chart/Chart.yaml"], { input: archive, encoding: "utf8" });

      assert.ok(names.includes("chart/values.schema.json"));
      assert.ok(names.includes("chart/templates/deployment.yaml"));
      assert.match(chart, new RegExp(`^version: "${version}"$`, "mu"));
      assert.match(chart, new RegExp(`^appVersion: "${version}"$`, "mu"));
    });
  }
});
