import { createHash } from "node:crypto";

/** Of a chart's release Helm keeps all values in one Secret, which may have a megabyte. */
const TOO_LARGE = 1_200_000;

/** How Helm refuses values that are too large. */
export const REFUSED_BY_HELM: RegExp =
  /Secret "sh\.helm\.release\.v1\..*" is invalid: data: Too long: may not be more than 1048576 bytes/u;

/** Values that a ProviderConfig can have, and that are too large for Helm; always the same. */
export function tooLargeForHelm(): { readonly note: string } {
  return { note: noise(TOO_LARGE) };
}

/** Text that cannot be made smaller. */
function noise(length: number): string {
  let text = "";
  for (let part = 0; text.length < length; part += 1) {
    text += createHash("sha512").update(String(part)).digest("base64");
  }
  return text.slice(0, length);
}
