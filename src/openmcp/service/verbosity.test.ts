import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeObject } from "../../kube/object.ts";
import { createLogger } from "../../runtime/log.ts";
import { followVerbosity } from "./verbosity.ts";

const ANNOTATION = "things.example.com/verbosity";

describe("followVerbosity", () => {
  for (const [asked, level] of [
    ["debug", "debug"],
    ["ERROR", "error"],
    ["info", "info"],
    [undefined, "info"],
    ["trace", "info"],
    ["", "info"],
  ] as const) {
    it(`logs at ${level} when the annotation is ${JSON.stringify(asked)}`, () => {
      const { log, follow } = start();

      follow(config("debug"));
      follow(config(asked));

      assert.equal(log.level, level);
    });
  }

  it("logs as the command line says when the ProviderConfig is gone", () => {
    const { log, follow } = start();

    follow(config("debug"));
    follow(undefined);

    assert.equal(log.level, "info");
  });

  it("tells the operator once of a value that it does not know, and again when that has come back", () => {
    const { told, follow } = start();

    for (const asked of ["trace", "trace", "all", "debug", "all"]) {
      follow(config(asked));
    }

    assert.deepEqual(
      told.map((message) => /found "(\w+)"/u.exec(message)?.[1]),
      ["trace", "all", "all"],
    );
  });
});

function start() {
  const told: string[] = [];
  const log = createLogger({ level: "info", pretty: false, stream: { write: () => undefined } });
  const tellOperator = (message: string): void => void told.push(message);
  return { log, told, follow: followVerbosity({ log, annotation: ANNOTATION, tellOperator }) };
}

function config(asked: string | undefined): KubeObject {
  const annotations = asked === undefined ? {} : { [ANNOTATION]: asked };
  return { apiVersion: "things.example.com/v1", kind: "ProviderConfig", metadata: { name: "thing", annotations } };
}
