import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { nearest } from "./nearest.ts";

const commands = ["init", "run", "migrate", "status", "trace", "render", "doctor", "dashboard"];
const flags = ["--namespace", "--failing", "--sort", "--provider-name"];

describe("nearest", () => {
  for (const [word, candidates, expected] of [
    ["statsu", commands, "status"],
    ["rnu", commands, "run"],
    ["Doctor", commands, "doctor"],
    ["migrat", commands, "migrate"],
    ["tracee", commands, "trace"],
    ["--namespaces", flags, "--namespace"],
    ["--sortt", flags, "--sort"],
    ["--provider_name", flags, "--provider-name"],
    ["start", commands, undefined],
    ["", commands, undefined],
    ["--x", flags, undefined],
    ["anything", [], undefined],
  ] as const) {
    it(`takes ${JSON.stringify(word)} for ${expected ?? "nothing"}`, () => {
      assert.equal(nearest(word, candidates), expected);
    });
  }
});
