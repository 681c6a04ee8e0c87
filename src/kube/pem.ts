import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Fields } from "./fields.ts";

// As strict as Go: line breaks between the characters, and padding at the end.
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
// Without PEM headers, and with nothing after it in its last line: Go skips other blocks.
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----[ \t\r]*$/gm;
const PRIVATE_KEY = /^-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[^-]+-----END \1-----/m;

/** Reads a `…-data` field: PEM, packed in base64. */
export function decodePem(fields: Fields, field: string): string | undefined {
  const packed = fields.text(field)?.replaceAll(/[\r\n]/g, "");
  if (packed === undefined) {
    return undefined;
  }
  const text = BASE64.test(packed) ? Buffer.from(packed, "base64").toString("utf8") : "";
  if (!text.includes("-----BEGIN ")) {
    throw fields.error(field, "must be PEM in base64");
  }
  return text;
}

/** Reads the certificates of a bundle, and skips what is none, as Go's `AppendCertsFromPEM` does. */
export function readCertificates(bundle: string): readonly X509Certificate[] {
  return [...bundle.matchAll(CERTIFICATE)].flatMap(([block]) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/** Says what makes a certificate and a private key useless for each other, in the order in which Go complains. */
export function pairProblem({ cert, key }: { readonly cert: string; readonly key: string }): string | undefined {
  const [certificate] = readCertificates(cert);
  if (certificate === undefined) {
    return "must hold a certificate in PEM";
  }
  try {
    // OpenSSL sends no certificate, and says nothing, when the key is of another type.
    return certificate.checkPrivateKey(createPrivateKey(PRIVATE_KEY.exec(key)?.[0] ?? ""))
      ? undefined
      : "must belong together: found the key of another certificate";
  } catch {
    return "must belong together: found no private key in PEM that can be read without a passphrase";
  }
}
