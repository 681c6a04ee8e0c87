import { readCertificates } from "./pem.ts";

/**
 * Arranges a bundle of authorities so that each certificate is once the first one of its subject.
 *
 * Without key identifiers OpenSSL takes the first authority of the issuer's name and gives up when the signature is
 * not that one's, whereas Go tries each. A bundle of the old and the new authority is one of two orders then.
 */
export function authorityOrders(bundle: string): readonly string[] {
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
