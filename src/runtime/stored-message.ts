import { maskSecrets } from "./mask-secrets.ts";

/** What an Event takes. */
export const EVENT_MESSAGE_BYTES = 1024;
/** What a condition takes. Its schema counts characters, of which there are never more than bytes. */
export const CONDITION_MESSAGE_BYTES = 32_768;

/**
 * Makes a message fit for people and for the API server: one line without secrets, which the server stores as it is.
 *
 * A longer one is cut between two words where that is possible, and says how much of it is left out.
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
