import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";

import { waitUntil } from "../../ground/wait-until.ts";
import { isJsonObject, type JsonObject } from "../../sim/json.ts";
import { startWorld, type World } from "../support/world.ts";

const ESCAPE = String.fromCharCode(27);

describe("the log", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(() => world.stop());

  /**
   * What `run` logs with the flags of an operator, up to the first error of a request.
   *
   * There is one: `init` has not run, so the API servers do not know the provider's kinds.
   */
  async function linesOf(...args: readonly string[]): Promise<readonly string[]> {
    const provider = await world.start("run", { args });
    let text = "";
    await waitUntil(
      async () => {
        text = await readFile(provider.logPath, "utf8");
        return /\berr\b/u.test(text);
      },
      { what: "an error is logged", withinMs: 60_000 },
    );
    assert.equal(await provider.stop(), 0);
    return text.slice(0, text.lastIndexOf("\n")).split("\n");
  }

  async function entriesOf(...args: readonly string[]): Promise<readonly JsonObject[]> {
    const lines = await linesOf(...args);
    return lines.map((line) => {
      const entry: unknown = JSON.parse(line);
      return isJsonObject(entry) ? entry : assert.fail(`expected an object, found ${line}`);
    });
  }

  it("is JSON with timestamps, without callers and stacks, when no flag says otherwise", async () => {
    const entries = await entriesOf();

    for (const entry of entries) {
      assert.ok(typeof entry["time"] === "string" && typeof entry["level"] === "string", JSON.stringify(entry));
      assert.ok(!("caller" in entry) && entry["level"] !== "debug");
    }
    assert.ok(errorsOf(entries).every((error) => !("stack" in error)));
  });

  it("has callers and stacks with --dev, and the format that is given beside it", async () => {
    const entries = await entriesOf("--dev", "-f", "json");

    // Without source maps, callers are lines of the program.
    for (const entry of entries) {
      assert.ok(matches(entry["caller"], /^program\.cjs:\d+$/u), JSON.stringify(entry));
    }
    assert.ok(errorsOf(entries).every(({ stack }) => matches(stack, /\n +at /u)));
  });

  it("leaves out what is disabled, in spite of --dev", async () => {
    const disabled = ["--disable-stacktrace", "--disable-caller", "--disable-timestamp"];

    const entries = await entriesOf(...disabled, "--dev", "--format=json");

    assert.deepEqual(
      entries.filter((entry) => "caller" in entry || "time" in entry),
      [],
    );
    assert.ok(errorsOf(entries).every((error) => !("stack" in error)));
  });

  it("is text with colours and without timestamps with --cli", async () => {
    const [first = "", second = ""] = await linesOf("--cli");

    for (const line of [first, second]) {
      assert.ok(line.startsWith(`${ESCAPE}[`), line);
      assert.doesNotMatch(line, /\d\d:\d\d/u);
    }
  });

  it("has its flags for every command", async () => {
    for (const command of ["init", "migrate"] as const) {
      const { exited, logPath } = await world.start(command, {
        args: ["--cli", "--format=json", "--disable-caller=0"],
      });
      await exited;

      const [first = ""] = (await readFile(logPath, "utf8")).split("\n");
      const entry = JSON.parse(first) as JsonObject;
      assert.deepEqual(["time" in entry, "caller" in entry], [false, true], command);
    }
  });
});

function errorsOf(entries: readonly JsonObject[]): readonly JsonObject[] {
  const errors = entries.flatMap(({ err }) => (isJsonObject(err) ? [err] : []));
  assert.notEqual(errors.length, 0, "an error is logged");
  return errors;
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}
