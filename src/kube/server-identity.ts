import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { readCertificates } from "./kubeconfig-entries.ts";

/**
 * The orders of a bundle of authorities in which each certificate is first among those of its subject once.
 *
 * Go tries every authority with the name of the issuer. OpenSSL, where certificates have no key identifiers, tries the
 * first one only: with a bundle of an old and a new authority of one name, it needs both orders.
 */
export function authorityOrders(bundle: string): readonly string[] {
  if (bundle.split("-----BEGIN CERTIFICATE-----", 3).length < 3) {
    return [bundle];
  }
  const groups = [...Map.groupBy(readCertificates(bundle), ({ subject }) => subject).values()];
  const longest = Math.max(...groups.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) =>
    groups
      .flatMap((group) => {
        const first = turn % group.length;
        return [...group.slice(first), ...group.slice(0, first)];
      })
      .join(""),
  );
}

const LITERALLY = { subject: "never", wildcards: false } as const;

/**
 * Why a server's certificate is not for the host, by Go's rules.
 *
 * Node's rules differ: they accept the common name of a certificate without names, let `*` stand for a part of a label,
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
