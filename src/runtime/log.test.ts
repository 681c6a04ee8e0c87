import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";

import fc from "fast-check";

import { MARK, plantedTexts } from "../../test/support/planted-secrets.ts";
import { createLogger, type LogOptions, setVerbosity } from "./log.ts";

function capture(options: Omit<LogOptions, "stream">): {
  readonly log: ReturnType<typeof createLogger>;
  readonly lines: string[];
} {
  const lines: string[] = [];
  const stream = new Writable({
    write: (line, _encoding, done) => {
      lines.push(String(line));
      done();
    },
  });
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
      fc.property(plantedTexts, fc.boolean(), (text, pretty) => {
        const { log, lines } = capture({ level: "info", pretty, hasCaller: true });
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

  it("leaves out the time, the stacks of errors and their causes, when it is told to", () => {
    const { log, lines } = capture({ level: "info", pretty: false, hasTime: false, hasStacks: false });
    const cause = new AggregateError([new Error("one")], "inner");

    log.error({ err: new AggregateError([cause], "outer", { cause }) }, "failed");

    const { err, ...entry } = JSON.parse(lines.join("")) as { err: Record<string, string> };
    assert.deepEqual(entry, { level: "error", msg: "failed" });
    assert.equal(err["message"], "outer: inner");
    assert.doesNotMatch(lines.join(""), /stack|\bat /u);
  });

  it("names the place from where each line comes, when it is told to", () => {
    for (const pretty of [false, true]) {
      const { log, lines } = capture({ level: "debug", pretty, hasCaller: true, hasColors: false });

      log.debug("a");
      log.child({ x: 1 }).info({ key: "ns/a" }, "b");
      log.error(new Error("c"));

      const places = lines.map((line) => /runtime\/log\.test\.ts:(\d+)/u.exec(line)?.[1]).map(Number);
      const [first = 0] = places;
      assert.ok(first > 0);
      assert.deepEqual(places, [first, first + 1, first + 2]);
    }
  });

  it("writes lines for people with colours and without, and the same fields", () => {
    const written = [true, false].map((hasColors) => {
      const { log, lines } = capture({ level: "info", pretty: true, hasColors, hasTime: false });
      log.info({ key: "ns/a", token: MARK }, "reconciled");
      return lines.join("");
    });

    assert.deepEqual(written.map(stripVTControlCharacters), [written[1], written[1]]);
    assert.notEqual(written[0], written[1]);
    assert.equal(written[1], 'INFO: reconciled {"key":"ns/a","token":"***"}\n');
  });

  it("writes errors with their causes", () => {
    const { log, lines } = capture({ level: "info", pretty: false });

    log.error({ err: new Error("outer", { cause: new Error("inner") }) }, "failed");

    assert.match(lines.join(""), /outer.*inner/u);
  });
});

describe("setVerbosity", () => {
  it("changes a log and its children, tells it once, and takes the verbosity back with which the log was made", () => {
    const { log, lines } = capture({ level: "info", pretty: false });
    const child = log.child({ controller: "ocm" });
    const grandchild = child.child({ key: "ns/a" });

    for (const wanted of ["debug", "debug", "error", "error", undefined, undefined] as const) {
      setVerbosity(log, wanted);
      for (const one of [log, child, grandchild]) {
        one.debug("a detail");
        one.error("an error");
      }
    }

    const found = lines.map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
    const changes = found.filter(({ to }) => to !== undefined);
    assert.deepEqual(
      changes.map(({ level, from, to }) => [level, from, to]),
      [
        ["info", "info", "debug"],
        ["info", "debug", "error"],
        ["info", "error", "info"],
      ],
    );
    assert.equal(found.filter(({ level }) => level === "debug").length, 6);
    assert.equal(found.filter(({ level }) => level === "error").length, 18);
  });
});
