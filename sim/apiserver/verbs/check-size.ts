import { writeJson } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { ApiError } from "../api/api-error.ts";

const MOST_SENT_BYTES = 2_097_152;
const MOST_STORED_BYTES = 1_572_864;

/** Refuses an object that etcd would not take, in the words of etcd and of its client. */
export function checkStoredSize(object: Obj): void {
  const bytes = Buffer.byteLength(writeJson(object));
  if (bytes > MOST_SENT_BYTES) {
    const numbers = `(${String(bytes)} vs. ${String(MOST_SENT_BYTES)})`;
    const message = `rpc error: code = ResourceExhausted desc = trying to send message larger than max ${numbers}`;
    throw new ApiError({ code: 500, reason: "", message });
  }
  if (bytes > MOST_STORED_BYTES) {
    throw new ApiError({ code: 500, reason: "", message: "etcdserver: request is too large" });
  }
}
