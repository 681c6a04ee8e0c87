import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { MARK, plantedTexts } from "../../test/support/planted-secrets.ts";
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

  it("shows no secret that another system has quoted, in whatever it comes", () => {
    fc.assert(
      fc.property(plantedTexts, (text) => {
        const { log, lines } = capture({ level: "info", pretty: false });
        const cause = Object.assign(new Error(text), { details: { causes: [{ message: text }] } });

        log
          .child({ said: text })
          .info({ err: new Error("failed", { cause }), list: [text], client_secret: MARK }, text);
        log.error(new Error(text));

        assert.equal(lines.length, 2);
        assert.ok(!lines.join("").includes(MARK));
      }),
      { numRuns: 300 },
    );
  });

  it("shows keys of objects, and lines of stacks", () => {
    const { log, lines } = capture({ level: "info", pretty: false });

    log.info({ key: "ns/a", err: new Error("no token") }, "oops");

    const { key, err } = JSON.parse(lines.join("")) as { key: string; err: { stack: string } };
    assert.equal(key, "ns/a");
    assert.match(err.stack, /^Error: no token\n +at .*log\.test\.ts:\d+:\d+/u);
  });

  it("writes errors with their causes", () => {
    const { log, lines } = capture({ level: "info", pretty: false });

    log.error({ err: new Error("outer", { cause: new Error("inner") }) }, "failed");

    assert.match(lines.join(""), /outer.*inner/u);
  });
});
