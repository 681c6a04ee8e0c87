import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { describeError } from "./describe-error.ts";

describe("describeError", () => {
  it("adds a cause that the message does not quote", () => {
    assert.equal(describeError(new Error("no list", { cause: new Error("no answer") })), "no list: no answer");
    assert.equal(
      describeError(new Error("no list: no answer", { cause: new Error("no answer") })),
      "no list: no answer",
    );
  });

  it("tells an interruption, and says of a deadline only how long nothing came", () => {
    const reason = new DOMException("This operation was aborted", "AbortError");
    const deadline = new Error("no answer within 5 ms", { cause: reason });

    assert.equal(describeError(reason), "interrupted");
    assert.equal(
      describeError(new Error(`GET /: ${deadline.message}`, { cause: deadline })),
      "GET /: no answer within 5 ms",
    );
  });

  it("has nothing that a terminal obeys, as servers choose the words of their errors", () => {
    assert.equal(describeError(new Error("no\u001b[2J\u009b31m\r\nlist\u202e")), "no [2J 31m list ");
    assert.equal(describeError("thrown\u0007"), "thrown ");
  });
});
