import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createLogger, type LogOptions } from "./log.ts";

function capture(options: Pick<LogOptions, "level" | "pretty">): {
  readonly log: ReturnType<typeof createLogger>;
  readonly lines: string[];
} {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  return { log: createLogger({ ...options, stream }), lines };
}

describe("createLogger", () => {
  it("writes one JSON object a line, with level and time as words", () => {
    const { log, lines } = capture({ level: "info", pretty: false });

    log.debug("not written");
    log.child({ controller: "ocm" }).info({ key: "ns/a" }, "reconciled");

    const entry = JSON.parse(lines.join("")) as Record<string, string>;
    assert.deepEqual(Object.keys(entry), ["level", "time", "controller", "key", "msg"]);
    assert.equal(entry["level"], "info");
    assert.match(entry["time"] ?? "", /^\d{4}-\d\d-\d\dT.*Z$/u);
  });

  it("keeps the values of fields that may be secret to itself", () => {
    const { log, lines } = capture({ level: "info", pretty: false });

    log.info(
      { token: "s3cret", headers: { authorization: "Bearer s3cret" }, secret: { data: { a: "s3cret" } } },
      "oops",
    );

    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines.join(""), /s3cret/u);
  });

  it("writes errors with their causes", () => {
    const { log, lines } = capture({ level: "info", pretty: false });

    log.error({ err: new Error("outer", { cause: new Error("inner") }) }, "failed");

    assert.match(lines.join(""), /outer.*inner/u);
  });
});
