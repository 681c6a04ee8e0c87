import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

const LITERALLY = { subject: "never", wildcards: false } as const;

/**
 * Says why a server's certificate is not that of the host, by Go's rules.
 *
 * Those of Node differ: they take the common name of a certificate without names, let `*` stand for a part of a label,
 * and refuse `*.local`.
 */
export function identityProblem(host: string, certificate: Uint8Array): Error | undefined {
  const presented = new X509Certificate(certificate);
  const name = host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const isRight =
    isIP(name) === 0
      ? [name, name.replace(/^[^.]+/, "*")].some((form) => presented.checkHost(form, LITERALLY) !== undefined)
      : presented.checkIP(name) !== undefined;
  if (isRight) {
    return undefined;
  }
  const names = presented.subjectAltName ?? "none";
  return Object.assign(new Error(`the certificate of the server is not for ${name}, but for: ${names}`), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
}
