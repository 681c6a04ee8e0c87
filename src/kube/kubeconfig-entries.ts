import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Credential } from "./credentials.ts";
import type { Fields } from "./kubeconfig-document.ts";

/** Where an API server is, and how a client verifies its identity. */
export type ClusterAddress = {
  /** Base URL, `http` or `https`, possibly with a path. */
  readonly server: string;
  /** Trusted certificates in PEM, which need not be roots; the usual certificate authorities when absent. */
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
 * @param options.proxyProtocols the protocols that `proxy-url` may have, for example `http:`
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
    ...(ca !== undefined && { ca }),
    ...(tlsServerName !== undefined && { tlsServerName }),
    ...(proxyURL !== undefined && { proxyURL }),
  };
}

/** Whether the connection is not encrypted. */
export function isPlain({ server }: ClusterAddress): boolean {
  return new URL(server).protocol === "http:";
}

/** Parses a URL of one of the protocols, as strictly as Go: no blanks, and `%` only before two hexadecimal digits. */
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

/** Content of the files that a user of a kubeconfig names. */
export type UserFiles = {
  readonly token?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

/** Visible ASCII: a line break, for example, could begin another header. */
const HEADER_TOKEN = /^[\x21-\x7E]+$/;

/**
 * Interprets a user of a kubeconfig: token or password, client certificate, and impersonation.
 *
 * Like kubectl, prefers the token file to the token.
 */
export function readUser(user: Fields, files: UserFiles = {}): Credential {
  const token = bearer(user, files.token ?? user.text("token"));
  const password = basic(user);
  if (token !== undefined && password !== undefined) {
    throw user.error("token", "and username must not be given together");
  }
  const authorization = token ?? password;
  const clientCertificate = readPair(user, { ...files, isNeeded: authorization === undefined });
  return {
    headers: { ...(authorization !== undefined && { authorization }), ...impersonation(user) },
    ...(clientCertificate !== undefined && { clientCertificate }),
  };
}

/** Makes the `authorization` header of a bearer token. `owner` makes the error about a token that is none. */
export function bearer(owner: Pick<Fields, "error">, token: string | undefined): string | undefined {
  if (token !== undefined && !HEADER_TOKEN.test(token)) {
    throw owner.error("token", "must be printable ASCII without spaces");
  }
  return token === undefined ? undefined : `Bearer ${token}`;
}

function basic(user: Fields): string | undefined {
  const name = user.text("username");
  const password = user.text("password");
  if (name === undefined && password !== undefined) {
    throw user.error("username", "is missing beside the password");
  }
  return name && `Basic ${Buffer.from(`${name}:${password ?? ""}`).toString("base64")}`;
}

/** Checks that a certificate and a private key belong together. `fields` names both in messages. */
export function certificatePair(
  owner: Pick<Fields, "error">,
  fields: readonly string[],
  pair: { readonly cert: string; readonly key: string },
): NonNullable<Credential["clientCertificate"]> {
  const problem = pairProblem(pair);
  if (problem !== undefined) {
    throw owner.error(fields.join(" and "), problem);
  }
  return pair;
}

function readPair(
  user: Fields,
  { isNeeded, ...files }: UserFiles & { readonly isNeeded: boolean },
): Credential["clientCertificate"] {
  const twice = ["client-certificate", "client-key"].find((field) => user.has(field) && user.has(`${field}-data`));
  if (twice !== undefined) {
    throw user.error(twice, `and ${twice}-data must not be given together`);
  }
  const cert = decodePem(user, "client-certificate-data") ?? files.cert;
  const key = decodePem(user, "client-key-data") ?? files.key;
  if (cert !== undefined && key !== undefined) {
    const fields = ["client-certificate", "client-key"].map((name) =>
      user.has(`${name}-data`) ? `${name}-data` : name,
    );
    return certificatePair(user, fields, { cert, key });
  }
  if (cert !== undefined || (key !== undefined && isNeeded)) {
    throw user.error("client-certificate", "and client-key must be given together");
  }
  return undefined;
}

/** Makes the headers by which the API server takes the request for one of another user. */
export function impersonation(user: Fields): Credential["headers"] {
  const name = user.text("as");
  const uid = user.text("as-uid");
  const groups = user.texts("as-groups");
  const extra = user.fields("as-user-extra");
  const extraHeaders = (extra?.names() ?? []).map((key): [string, readonly string[]] => [
    `impersonate-extra-${encodeURIComponent(key).toLowerCase()}`,
    extra?.texts(key).map(inUtf8) ?? [],
  ]);
  const more = {
    ...(uid !== undefined && { "impersonate-uid": inUtf8(uid) }),
    ...(groups.length > 0 && { "impersonate-group": groups.map(inUtf8) }),
    ...Object.fromEntries(extraHeaders),
  };
  if (name === undefined && Object.keys(more).length > 0) {
    throw user.error("as", "is missing beside whom else to act as: the request would have the rights of the user");
  }
  return name === undefined ? {} : { "impersonate-user": inUtf8(name), ...more };
}

/** Node writes each character of a header as one byte; API servers read these bytes as UTF-8. */
function inUtf8(text: string): string {
  return Buffer.from(text).toString("latin1");
}

// As strict as Go: padding is required. Line breaks are removed before.
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
// Like Go, skips a block that has PEM headers, or text behind its end marker.
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----[ \t\r]*$/gm;
const PRIVATE_KEY = /^-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[^-]+-----END \1-----/m;

/** Reads a `…-data` field: PEM in base64. */
function decodePem(fields: Fields, field: string): string | undefined {
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

/** Parses the certificates of a bundle. Like Go's `AppendCertsFromPEM`, skips everything else. */
export function readCertificates(bundle: string): readonly X509Certificate[] {
  return [...bundle.matchAll(CERTIFICATE)].flatMap(([block]) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/** Why a certificate and a private key do not belong together; checks in the order of Go. */
function pairProblem({ cert, key }: { readonly cert: string; readonly key: string }): string | undefined {
  const [certificate] = readCertificates(cert);
  if (certificate === undefined) {
    return "must hold a certificate in PEM";
  }
  try {
    // Without this check OpenSSL silently sends no certificate when the key is of another type.
    return certificate.checkPrivateKey(createPrivateKey(PRIVATE_KEY.exec(key)?.[0] ?? ""))
      ? undefined
      : "must belong together: found the key of another certificate";
  } catch {
    return "must belong together: found no private key in PEM that can be read without a passphrase";
  }
}
