import { maskSecrets } from "../../runtime/mask-secrets.ts";
import { storedMessage } from "../../runtime/stored-message.ts";

const LONGEST_BYTES = 700;

/** An IP address, or the name of a service inside of a cluster, with its port. */
const ADDRESS =
  /(?:(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w.-])|\[(?=[\da-f.]*:)[\da-f:.]*\]|(?<![\w.-])[\w.-]+\.svc\b[\w.-]*)(?::\d{1,5})?/gi;

/**
 * Makes the words of another system fit for a tenant's status: short, one line, without secrets, and without addresses
 * inside of the platform.
 */
export function plainMessage(text: string): string {
  // Masked first: the login of a URL ends where its address begins.
  return storedMessage(maskSecrets(text).replaceAll(ADDRESS, "(address)"), LONGEST_BYTES);
}
