import { maskSecrets } from "./mask-secrets.ts";

/** Limit of an Event's message. */
export const EVENT_MESSAGE_BYTES = 1024;
/** Limit of a condition's message. Its schema counts characters, and no text has more characters than bytes. */
export const CONDITION_MESSAGE_BYTES = 32_768;

/**
 * Makes a message that the API server stores unchanged: one line of at most `maxBytes`, with secrets masked.
 *
 * A longer message is cut between two words where possible, and ends with the number of bytes that are left out.
 */
export function storedMessage(text: string, maxBytes: number): string {
  const whole = maskSecrets(text.toWellFormed())
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  const bytes = Buffer.byteLength(whole);
  if (bytes <= maxBytes) {
    return whole;
  }
  const head = cut(whole, maxBytes - leftOut(bytes).length - 2);
  return head + leftOut(bytes - Buffer.byteLength(head));
}

function leftOut(bytes: number): string {
  return ` … (${bytes} bytes left out)`;
}

function cut(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  const head = text.slice(0, read);
  const blank = head.lastIndexOf(" ");
  return blank > read / 2 ? head.slice(0, blank) : head;
}
