import type { Fields } from "./fields.ts";
import { decodePem, readCertificates } from "./pem.ts";

/** Where an API server is, and how to know that it is the right one. */
export type ClusterAddress = {
  /** Base URL, `http` or `https`, possibly with a path. */
  readonly server: string;
  /** Certificates in PEM, each trusted as it is; the usual certificate authorities when absent. */
  readonly ca?: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly tlsServerName?: string;
  readonly proxyURL?: string;
};

const SERVER_PROTOCOLS: readonly string[] = ["https:", "http:"];

/**
 * Interprets a cluster of a kubeconfig.
 *
 * @param options.caFile content of the file that `certificate-authority` names
 * @param options.proxyProtocols what `proxy-url` may be, for example `http:`
 */
export function readCluster(
  cluster: Fields,
  options: { readonly caFile?: string | undefined; readonly proxyProtocols: readonly string[] },
): ClusterAddress {
  const server = readURL(cluster, "server", SERVER_PROTOCOLS);
  if (server === undefined) {
    throw cluster.error("server", "is missing");
  }
  const ca = readAuthorities(cluster, options.caFile);
  const insecureSkipTlsVerify = cluster.isOn("insecure-skip-tls-verify");
  if (insecureSkipTlsVerify && ca !== undefined) {
    throw cluster.error("insecure-skip-tls-verify", "contradicts the certificate authority that is given too");
  }
  const tlsServerName = cluster.text("tls-server-name");
  const proxyURL = readURL(cluster, "proxy-url", options.proxyProtocols);
  return {
    server,
    insecureSkipTlsVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(proxyURL === undefined ? {} : { proxyURL }),
  };
}

/** Says whether anybody on the way can read what goes to the server. */
export function isPlain({ server }: ClusterAddress): boolean {
  return new URL(server).protocol === "http:";
}

/** Parses a URL of one of the protocols, as strict as Go's: no blanks, and `%` only before two hexadecimal digits. */
export function parseURL(text: string, protocols: readonly string[]): URL | undefined {
  const url = /\s|%(?![\dA-Fa-f]{2})/.test(text) ? null : URL.parse(text);
  return url !== null && protocols.includes(url.protocol) ? url : undefined;
}

function readAuthorities(cluster: Fields, file: string | undefined): string | undefined {
  const data = decodePem(cluster, "certificate-authority-data");
  if (data !== undefined && file !== undefined) {
    throw cluster.error("certificate-authority", "and certificate-authority-data must not be given together");
  }
  const bundle = data ?? file ?? "";
  const certificates = readCertificates(bundle).join("");
  if (bundle !== "" && certificates === "") {
    throw cluster.error("certificate-authority", "must hold at least one certificate in PEM");
  }
  return certificates === "" ? undefined : certificates;
}

function readURL(cluster: Fields, field: string, protocols: readonly string[]): string | undefined {
  const text = cluster.text(field);
  if (text === undefined) {
    return undefined;
  }
  const url = parseURL(text, protocols);
  if (url === undefined) {
    throw cluster.error(field, `must be a URL that starts with ${protocols.map((name) => `${name}//`).join(" or ")}`);
  }
  if (field === "server" && (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")) {
    throw cluster.error(field, "must not carry credentials, a query or a fragment");
  }
  return text;
}
