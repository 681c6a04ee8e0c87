/**
 * Makes one line of a text that a tenant, a cluster or a registry may have written.
 *
 * A terminal obeys control characters, and marks of direction let a text look like another one.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+\s*/gu, " ");
}
