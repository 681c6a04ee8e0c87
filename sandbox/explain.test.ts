import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explain } from "./explain.ts";

describe("explain", () => {
  it("names the causes", () => {
    const error = new Error("cannot start", { cause: new Error("no port is free") });

    assert.equal(explain(error), "cannot start\nbecause: no port is free");
  });

  it("puts what failed first before what failed while stopping", () => {
    const error = new SuppressedError(new Error("cannot stop"), new Error("cannot start"));

    assert.equal(explain(error), "cannot start\nwhile stopping: cannot stop");
  });
});
