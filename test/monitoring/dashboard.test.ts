import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { dump } from "js-yaml";

import { debianProgram } from "../../ground/debian/debian-program.ts";
import { everyMetric } from "../support/every-metric.ts";
import { familiesIn } from "../support/metric-families.ts";

type Dashboard = {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly type: string;
    readonly description?: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
};

const { panels } = JSON.parse(readFileSync("deploy/monitoring/dashboard.json", "utf8")) as Dashboard;
const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const promtool = await debianProgram("promtool");
const skip = "missing" in promtool ? promtool.missing : false;

/** Runs promtool, and returns what promtool complains about. */
function complaints(args: readonly string[], input = ""): Promise<readonly string[]> {
  assert.ok("path" in promtool);
  const { path } = promtool;
  return new Promise((resolve) => {
    const child = execFile(path, args, (error, stdout, stderr) => {
      resolve(`${error === null ? "" : stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== ""));
    });
    child.stdin?.end(input);
  });
}

describe("the dashboard", () => {
  it("asks only for metrics that the provider has, and for those of the scrape itself", async () => {
    const known = familiesIn(await everyMetric()).map(({ name }) => name);
    const asked = queries.flatMap((query) =>
      Array.from(query.matchAll(/([a-z_0-9]+)\{job="sp-ocm"/gu), ([, name = ""]) =>
        name.replace(/(?<=_seconds)_(?:bucket|count|sum)$/u, ""),
      ),
    );

    assert.ok(asked.length >= queries.length);
    assert.deepEqual(
      asked.filter((name) => !known.includes(name)),
      asked.filter((name) => name === "up"),
    );
  });

  it("shows every metric of the provider's own", async () => {
    const own = familiesIn(await everyMetric()).filter(({ name }) => name.startsWith("service_provider_"));

    assert.deepEqual(
      own.filter(({ name }) => !queries.some((query) => query.includes(name))),
      [],
    );
  });

  it("says of each panel what the panel tells, and has no two panels in one place", () => {
    const taken = new Set<string>();
    for (const { title, type, description, gridPos } of panels) {
      assert.ok(type === "row" || (description ?? "") !== "", title);
      for (let cell = 0; cell < gridPos.w * gridPos.h; cell += 1) {
        const place = `${gridPos.x + (cell % gridPos.w)}/${gridPos.y + Math.floor(cell / gridPos.w)}`;
        assert.ok(!taken.has(place), title);
        taken.add(place);
      }
      assert.ok(gridPos.x + gridPos.w <= 24, title);
    }
  });
});

describe("promtool", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "dashboard-"));
  after(() => rmSync(folder, { recursive: true }));

  it("can read every query of the dashboard", async () => {
    const rules = queries.map((expr, index) => ({ record: `query_${index}`, expr }));
    const file = join(folder, "queries.yaml");
    writeFileSync(file, dump({ groups: [{ name: "queries", rules }] }));

    assert.deepEqual(await complaints(["check", "rules", file]), []);
  });

  it("is content with the names and the help of the provider's metrics", async () => {
    const found = await complaints(["check", "metrics"], await everyMetric());

    // The others have the names that dashboards for controllers, and for processes of Node.js, expect.
    assert.deepEqual(
      found.filter((line) => line.startsWith("service_provider_")),
      [],
    );
  });
});
