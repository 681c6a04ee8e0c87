import type { Fields } from "./fields.ts";

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Reads a `…-data` field: PEM, packed in base64. */
export function decodePem(fields: Fields, field: string): string | undefined {
  const packed = fields.text(field)?.replaceAll(/\s/g, "");
  if (packed === undefined) {
    return undefined;
  }
  const text = BASE64.test(packed) ? Buffer.from(packed, "base64").toString("utf8") : "";
  if (!text.includes("-----BEGIN ")) {
    throw fields.error(field, "must be PEM in base64");
  }
  return text;
}
