import { isJsonObject } from "./json.ts";
import { textAt } from "./value-at.ts";

/** A refused request: `reason` as in `metav1.Status`, `NotFound` for example; `message` is the server's. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: number;
  readonly reason: string;
  /** What the server answered, parsed if it was JSON. */
  readonly status: unknown;

  constructor(code: number, body: string) {
    const status = parse(body);
    super(textAt(status, "message") || `HTTP ${String(code)}: ${body}`);
    this.code = code;
    this.reason = textAt(status, "reason");
    this.status = status;
  }
}

/** Whether an error says that the object does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ClientError && error.code === 404;
}

function parse(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
