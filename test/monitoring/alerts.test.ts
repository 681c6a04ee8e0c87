import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { dump } from "js-yaml";

import { debianProgram } from "../../ground/debian/debian-program.ts";
import { type AlertRule, alertsOf, readRules, RULES } from "./alert-rules.ts";
import { type AlertCase, cases, type Timeline } from "./timelines.ts";

const promtool = await debianProgram("promtool");
const skip = "missing" in promtool ? promtool.missing : false;
const alerts = alertsOf(readRules());

/** Minutes of a timeline: things are good, but for one minute; they are bad, but for two minutes; they are good again. */
const GLITCH = 90;
const BAD_FROM = 180;
const LUCKY = [BAD_FROM + 2, BAD_FROM + 110];
const BAD_TO = BAD_FROM + 130;
const END = BAD_TO + 130;

const isBad = Array.from(
  { length: END },
  (_, minute) => minute === GLITCH || (minute >= BAD_FROM && minute < BAD_TO && !LUCKY.includes(minute)),
);

describe("the alerts", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "alerts-"));
  after(() => rmSync(folder, { recursive: true }));

  async function runPromtool(...args: readonly string[]): Promise<string> {
    assert.ok("path" in promtool);
    const { code, output } = await new Promise<{ readonly code: unknown; readonly output: string }>((resolve) => {
      execFile(promtool.path, args, { cwd: folder }, (error, stdout, stderr) => {
        resolve({ code: error?.code, output: stdout + stderr });
      });
    });
    assert.equal(code, undefined, output.slice(0, 4000));
    return output;
  }

  it("are what Prometheus can read", async () => {
    assert.match(await runPromtool("check", "rules", join(process.cwd(), RULES)), /SUCCESS: \d+ rules found/u);
  });

  it("are all tried", () => {
    assert.deepEqual(Object.keys(cases).toSorted(), alerts.map(({ alert }) => alert).toSorted());
  });

  for (const rule of alerts) {
    it(`fires in time, does not waver, and resolves: ${rule.alert}`, async () => {
      const tried = cases[rule.alert];
      assert.ok(tried !== undefined);
      // What an alert says is no matter of when it fires.
      const { annotations: _annotations, ...bare } = rule;
      writeFileSync(join(folder, "rules.yaml"), dump({ groups: [{ name: "tried", rules: [bare] }] }));
      writeFileSync(join(folder, `${rule.alert}.yaml`), dump(testOf(rule, tried)));
      await runPromtool("test", "rules", `${rule.alert}.yaml`);
    });
  }
});

/** As `promtool test rules` reads it. */
function testOf({ alert, labels: { severity } }: AlertRule, { series, firesAfter, resolvesAfter, labels }: AlertCase) {
  const [earliest, latest] = firesAfter;
  const firing = [{ exp_labels: { severity, ...labels } }];
  const expectation = (minute: number, isFiring: boolean): object => ({
    eval_time: `${minute}m`,
    alertname: alert,
    exp_alerts: isFiring ? firing : [],
  });
  return {
    rule_files: ["rules.yaml"],
    evaluation_interval: "1m",
    tests: [
      {
        interval: "1m",
        input_series: Object.entries(series).map(([name, timeline]) => ({
          series: name,
          values: valuesOf(timeline),
        })),
        alert_rule_test: [
          ...range(GLITCH - 5, BAD_FROM + earliest).map((minute) => expectation(minute, false)),
          ...range(BAD_FROM + latest, BAD_TO).map((minute) => expectation(minute, true)),
          ...range(BAD_TO + resolvesAfter, END).map((minute) => expectation(minute, false)),
        ],
      },
    ],
  };
}

// As Prometheus has it: a series ends with the scrape that does not have it any more.
function valuesOf(timeline: Timeline): string {
  const values = timeline(isBad);
  return values.map((value, at) => value ?? ((values[at - 1] ?? null) === null ? "_" : "stale")).join(" ");
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
