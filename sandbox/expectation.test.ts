import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Expectation, ExpectationError, expectScene } from "./expectation.ts";
import { Scene } from "./scene.ts";

const empty = new Scene();
const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } };

function expectation(scene: Scene, overrides: Partial<Expectation> = {}): Expectation {
  return {
    what: "a Secret appears",
    isMet: () => scene.find("platform", "Secret") !== undefined,
    found: () => "nothing",
    withinMs: 60_000,
    signal: new AbortController().signal,
    ...overrides,
  };
}

describe("expectScene", () => {
  it("resolves at once for what is already so", async () => {
    const scene = new Scene();
    scene.take({ type: "applied", place: "platform", object: secret });

    await expectScene(scene, expectation(scene));
  });

  it("resolves with the change that makes it so", async () => {
    const scene = new Scene();
    const met = expectScene(scene, expectation(scene));

    scene.take({ type: "applied", place: "onboarding", object: secret });
    scene.take({ type: "applied", place: "platform", object: secret });

    await met;
  });

  it("says what was expected and what was found when it takes too long", async () => {
    await assert.rejects(expectScene(empty, expectation(empty, { withinMs: 1 })), {
      name: ExpectationError.name,
      message: "expected within 0.001 s: a Secret appears; found: nothing",
    });
  });

  it("ends with the reason of the stop", async () => {
    const stop = new AbortController();
    const met = expectScene(empty, expectation(empty, { signal: stop.signal }));

    stop.abort(new Error("stopped by SIGINT"));

    await assert.rejects(met, /stopped by SIGINT/);
  });
});
