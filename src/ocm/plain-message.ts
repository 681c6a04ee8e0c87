import { storedMessage } from "../runtime/stored-message.ts";

const LONGEST_BYTES = 700;

/** Makes what another system says short enough for a tenant's status, and fit for it: one line, without secrets. */
export function plainMessage(text: string): string {
  return storedMessage(text, LONGEST_BYTES);
}
