import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Finding } from "../service/finding.ts";
import { findingText, hasFailed, reportJson, summaryText } from "./report.ts";

const bad: Finding = { check: "leader", level: "failed", found: "nobody leads", expected: "a leader", advice: "look" };
const good: Finding = { check: "crds", level: "ok", found: "all served" };

describe("a report", () => {
  it("has a line for each finding, and beneath it what to do", () => {
    const text = findingText(bad, false);

    assert.equal(text, "FAILED  leader: nobody leads\n        expected: a leader\n        do: look\n");
    assert.equal(findingText(good, false), "ok      crds: all served\n");
  });

  it("has colours only where they are wanted", () => {
    assert.ok(findingText(bad, true).startsWith("\u001b[31mFAILED  \u001b[0m"));
  });

  it("has nothing that a terminal obeys, as registries and servers choose their words", () => {
    const hostile = "\u001b]0;all is well\u0007\n";
    const text = findingText({ ...bad, found: hostile, expected: hostile, advice: hostile }, false);

    assert.match(text, /^[^\p{Cc}]*\n[^\p{Cc}]*\n[^\p{Cc}]*\n$/u);
  });

  it("counts findings, the worst first", () => {
    const warning = { ...good, level: "warning" } as const;

    assert.equal(summaryText([good, bad, warning, warning]), "1 failed, 2 warnings, 1 ok\n");
    assert.equal(hasFailed([good, warning]), false);
    assert.equal(hasFailed([good, bad]), true);
  });

  it("is JSON of a shape that has a version", () => {
    const report: unknown = JSON.parse(reportJson([bad], { program: { name: "p", version: "1.0.0" }, nowMs: 0 }));

    assert.deepEqual(report, {
      schema: "doctor/v1",
      program: "p",
      version: "1.0.0",
      time: "1970-01-01T00:00:00.000Z",
      summary: { failed: 1, warning: 0, unknown: 0, ok: 0 },
      findings: [bad],
    });
  });
});
