import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { REASONS } from "../../src/ocm/reasons.ts";
import { FOLLOW_REASONS } from "../../src/openmcp/service/follower.ts";
import { READY_REASONS } from "../../src/openmcp/service/status.ts";

const LIST = "src/ocm/reasons.ts";

const rows = readFileSync("docs/status.md", "utf8")
  .split("\n")
  .filter((line) => /^\| (?:OCM|ProviderConfig)/.test(line))
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\||\|$/g, "").trim()));
const sources = globSync("src/**/*.ts")
  .filter((path) => path !== LIST && !path.endsWith(".test.ts"))
  .map((path) => readFileSync(path, "utf8").replaceAll(/[`"] \+\s+[`"]/g, ""))
  .join("\n");

function inBackticks(text: string | undefined): readonly string[] {
  return Array.from((text ?? "").matchAll(/`([^`]+)`/g), ([, found = ""]) => found);
}

describe("docs/status.md", () => {
  it("explains every reason of every condition once, and no other", () => {
    const explained = rows.map(([, type, reason]) => [...inBackticks(type), ...inBackticks(reason)].join(" "));

    const ofFrame = { Ready: Object.values(READY_REASONS), Follows: Object.values(FOLLOW_REASONS) };
    const existing = Object.entries({ ...ofFrame, ...REASONS }).flatMap(([type, reasons]) =>
      reasons.map((reason) => `${type} ${reason}`),
    );
    assert.deepEqual(explained.toSorted(), existing.toSorted());
  });

  it("tells for every reason status, message and what to do", () => {
    for (const row of rows) {
      const [, , reason = "", status = "", event = "", message = "", remedy = ""] = row;
      assert.equal(row.length, 7, reason);
      assert.match(status, /^(?:True|False)$/, reason);
      assert.match(event, /^(?:Normal|Warning|)$/, reason);
      assert.notEqual(message, "", reason);
      assert.notEqual(remedy, "", reason);
    }
  });

  it("quotes messages as the code words them", () => {
    const fragments = rows.flatMap(([, , reason, , , message]) =>
      inBackticks(message).flatMap((quoted) => quoted.split(/"?<[^>]+>"?|[()]/).map((text) => ({ reason, text }))),
    );

    assert.deepEqual(
      fragments.filter(({ text }) => !sources.includes(text)),
      [],
    );
  });
});

describe(LIST, () => {
  it("lists no reason that nothing gives", () => {
    const listed = Object.values(REASONS).flat();

    assert.deepEqual(
      listed.filter((reason) => !sources.includes(`"${reason}"`)),
      [],
    );
  });
});
