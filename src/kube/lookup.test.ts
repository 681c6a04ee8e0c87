import assert from "node:assert/strict";
import type { LookupFunction } from "node:net";
import { describe, it } from "node:test";
import { sharedLookup } from "./lookup.ts";

type Done = Parameters<LookupFunction>[2];

describe("a shared lookup", () => {
  it("asks for a name once at a time, and again afterwards", () => {
    const asked: { readonly name: string; readonly done: Done }[] = [];
    const answers: unknown[] = [];
    const lookup = sharedLookup((name, _options, done) => void asked.push({ name, done }));
    const note: Done = (_error, address) => void answers.push(address);

    lookup("one", { all: true }, note);
    lookup("one", { all: true }, note);
    lookup("one", { all: false }, note);
    lookup("two", { all: true }, note);
    assert.deepEqual(
      asked.map(({ name }) => name),
      ["one", "one", "two"],
    );

    asked[0]?.done(null, "192.0.2.1");
    assert.deepEqual(answers, ["192.0.2.1", "192.0.2.1"]);
    lookup("one", { all: true }, note);
    assert.equal(asked.length, 4);
  });
});
