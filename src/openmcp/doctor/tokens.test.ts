import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Secret } from "../../kube/core.ts";
import { judgeToken, summarizeTokens, validityOf } from "./tokens.ts";

const { signal } = new AbortController();
const DAY_MS = 86_400_000;

function secretWith(token: string, times: Readonly<Record<string, string>> = {}): Secret {
  const kubeconfig = [
    "clusters: [{name: c, cluster: {server: 'https://mcp.example'}}]",
    `users: [{name: u, user: {token: '${token}'}}]`,
    "contexts: [{name: x, context: {cluster: c, user: u}}]",
    "current-context: x",
  ].join("\n");
  const texts = Object.entries({ kubeconfig, ...times });
  const encoded = texts.map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "access" }, data: Object.fromEntries(encoded) };
}

function signed(claims: Readonly<Record<string, unknown>>): string {
  return ["{}", JSON.stringify(claims), ""].map((part) => Buffer.from(part).toString("base64url")).join(".");
}

describe("validityOf", () => {
  it("reads the claims of a token", async () => {
    const secret = secretWith(signed({ iat: 100, exp: 200 }), { expirationTimestamp: "999" });

    assert.deepEqual(await validityOf(secret, signal), { fromMs: 100_000, untilMs: 200_000 });
  });

  it("reads what the platform says of a token of another form", async () => {
    const secret = secretWith("opaque", { creationTimestamp: "100", expirationTimestamp: "200" });

    assert.deepEqual(await validityOf(secret, signal), { fromMs: 100_000, untilMs: 200_000 });
  });

  it("knows nothing of a token of which nobody says anything", async () => {
    assert.deepEqual(await validityOf(secretWith("opaque"), signal), {});
  });
});

describe("judgeToken", () => {
  const fromMs = 0;
  const untilMs = 30 * DAY_MS;
  const cases = [
    { nowMs: DAY_MS, level: "ok", words: /expires in 29 d$/u },
    { nowMs: 28 * DAY_MS, level: "warning", words: /expires in 2 d$/u },
    { nowMs: untilMs - 60_000, level: "warning", words: /expires in 60 s$/u },
    { nowMs: untilMs + 1, level: "failed", words: /has expired 0 s ago$/u },
    { nowMs: -DAY_MS, level: "failed", words: /is valid only in 24 h$/u },
  ];
  for (const { nowMs, level, words } of cases) {
    it(`finds a token of 30 days ${level} after ${nowMs / DAY_MS} days`, () => {
      const finding = judgeToken("it", { fromMs, untilMs }, nowMs);

      assert.equal(finding.level, level);
      assert.match(finding.found, words);
    });
  }

  it("is content with a token without an end", () => {
    assert.equal(judgeToken("it", {}, 0).level, "ok");
  });
});

describe("summarizeTokens", () => {
  it("says the first problem, and how many more there are", () => {
    const bad = { level: "failed", found: "one is bad" } as const;
    const good = { level: "ok", found: "one is good" } as const;

    const findings = summarizeTokens([good, bad, bad], { tenants: 4, granted: 3, program: "sp-test" });

    assert.deepEqual(
      findings.map(({ level, found }) => [level, found]),
      [
        ["warning", "1 of 4 AccessRequests of tenants are not granted"],
        ["failed", "one is bad, and 1 more of the 3 oldest are no better"],
      ],
    );
    assert.equal(findings[0]?.advice, "sp-test status --failing");
  });

  it("says nothing where there is no tenant", () => {
    assert.deepEqual(summarizeTokens([], { tenants: 0, granted: 0, program: "sp-test" }), []);
  });
});
