import assert from "node:assert/strict";
import type { Answer } from "./contract-client.ts";

/** Asserts that a request was refused with this code and reason, and with this text for people. */
export function assertRefused(answer: Answer, code: number, reason: string, message: string): void {
  const { body } = answer;
  assert.deepEqual(
    { status: answer.status, kind: body.kind, code: body.code, reason: body.reason, message: body.message },
    { status: code, kind: "Status", code, reason, message },
  );
}

/** Asserts success with this code. */
export function assertOK(answer: Answer, code = 200): void {
  assert.equal(answer.status, code, answer.text);
}
