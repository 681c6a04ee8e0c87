import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { beforeEach, describe, it } from "node:test";

import { INTERRUPTED, stopOnSignals } from "./stop-on-signals.ts";

class Signalled extends EventEmitter {
  exitCode: number | undefined;

  exit(code: number): void {
    this.exitCode = code;
  }
}

describe("stopOnSignals", () => {
  let process: Signalled;
  let nowMs: number;
  let stop: AbortSignal;
  beforeEach(() => {
    process = new Signalled();
    nowMs = 5000;
    stop = stopOnSignals(process, () => nowMs);
  });

  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    it(`stops all in order on ${name}`, () => {
      process.emit(name);

      assert.throws(() => stop.throwIfAborted(), new RegExp(`stopped by ${name}`));
      assert.equal(process.exitCode, undefined);
    });
  }

  it("takes the Ctrl-C that npm passes on for the one that the terminal has given", () => {
    process.emit("SIGINT");
    nowMs += 30;
    process.emit("SIGINT");

    assert.equal(process.exitCode, undefined);
  });

  it("ends at once when somebody presses Ctrl-C again", () => {
    process.emit("SIGINT");
    nowMs += 1500;
    process.emit("SIGINT");

    assert.equal(process.exitCode, INTERRUPTED);
  });
});
