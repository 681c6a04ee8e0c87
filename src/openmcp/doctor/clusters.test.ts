import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { skewFindings } from "./clusters.ts";

describe("the clock of a server", () => {
  const sentMs = 1_000_000;
  const receivedMs = sentMs + 400;
  const cases = [
    { serverMs: sentMs - 900, level: undefined },
    { serverMs: receivedMs + 4_000, level: undefined },
    { serverMs: receivedMs + 20_000, level: "warning", words: /20 s ahead of/u },
    { serverMs: sentMs - 21_000, level: "warning", words: /20 s behind/u },
    { serverMs: receivedMs + 61_000, level: "failed", words: /61 s ahead of/u },
  ];
  for (const { serverMs, level, words = /./u } of cases) {
    it(`${serverMs - sentMs} ms after the request is sent is ${level ?? "fine"}`, () => {
      const [finding] = skewFindings("platform", { sentMs, receivedMs, serverMs });

      assert.equal(finding?.level, level);
      assert.match(finding?.found ?? "-", words);
    });
  }
});
