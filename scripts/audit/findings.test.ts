import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AuditOutput, judgeAudit } from "./findings.ts";

function found(name: string, severity: string): AuditOutput {
  const via = [{ title: "Prototype pollution", url: "https://github.com/advisories/GHSA-x" }];
  return { vulnerabilities: { [name]: { name, severity, range: "<2.0.0", via } } };
}

const shipped = new Set(["undici"]);

describe("judgeAudit", () => {
  const cases: readonly (readonly [what: string, output: AuditOutput, complaints: readonly string[]])[] = [
    ["nothing to complain of", { vulnerabilities: {} }, []],
    [
      "a light finding in what ships",
      found("undici", "low"),
      ["undici <2.0.0 (ships): low: Prototype pollution, https://github.com/advisories/GHSA-x"],
    ],
    ["a light finding in a tool", found("esbuild", "moderate"), []],
    [
      "a grave finding in a tool",
      found("esbuild", "high"),
      ["esbuild <2.0.0 (is used in development): high: Prototype pollution, https://github.com/advisories/GHSA-x"],
    ],
    [
      "a finding in a dependency",
      { vulnerabilities: { undici: { name: "undici", severity: "low", range: "*", via: ["llhttp"] } } },
      ["undici * (ships): low: by llhttp"],
    ],
  ];
  for (const [what, output, complaints] of cases) {
    it(`tells of ${what}`, () => assert.deepEqual(judgeAudit(output, shipped), { kind: "findings", complaints }));
  }

  it("does not take a registry without audits for one without findings", () => {
    const message = "405 Method Not Allowed";

    assert.deepEqual(judgeAudit({ statusCode: 405, message }, shipped), { kind: "unanswered", why: message });
    assert.deepEqual(judgeAudit({ error: { summary: "offline" } }, shipped), { kind: "unanswered", why: "offline" });
  });
});
