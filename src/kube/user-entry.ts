import type { Credential } from "./credentials.ts";
import type { Fields } from "./fields.ts";
import { decodePem } from "./pem.ts";

/** Content of the files that a user of a kubeconfig names. */
export type UserFiles = { readonly token?: string; readonly cert?: string; readonly key?: string };

/** Visible ASCII: anything else in a header could begin a header of its own. */
const HEADER_TOKEN = /^[\x21-\x7E]+$/;

/**
 * Interprets a user of a kubeconfig: token or name and password, client certificate, and whom to act as.
 *
 * Precedence as in kubectl: a token file before the token, but inline certificates before files.
 */
export function readUser(user: Fields, files: UserFiles = {}): Credential {
  const authorization = bearer(user, files.token ?? user.text("token")) ?? basic(user);
  const clientCertificate = certificate(user, files);
  return {
    headers: { ...(authorization === undefined ? {} : { authorization }), ...impersonation(user) },
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  };
}

/** Makes the header of a bearer token. `owner` is where the token comes from. */
export function bearer(owner: Pick<Fields, "error">, token: string | undefined): string | undefined {
  if (token !== undefined && !HEADER_TOKEN.test(token)) {
    throw owner.error("token", "must be printable ASCII without spaces");
  }
  return token === undefined ? undefined : `Bearer ${token}`;
}

function basic(user: Fields): string | undefined {
  const name = user.text("username");
  const password = user.text("password");
  if (name === undefined && password === undefined) {
    return undefined;
  }
  return `Basic ${Buffer.from(`${name ?? ""}:${password ?? ""}`).toString("base64")}`;
}

function certificate(user: Fields, files: UserFiles): Credential["clientCertificate"] {
  const cert = decodePem(user, "client-certificate-data") ?? files.cert;
  const key = decodePem(user, "client-key-data") ?? files.key;
  if (cert !== undefined && key !== undefined) {
    return { cert, key };
  }
  if (cert !== key) {
    throw user.error("client-certificate", "and client-key must be given together");
  }
  return undefined;
}

function impersonation(user: Fields): Credential["headers"] {
  const name = user.text("as");
  if (name === undefined) {
    return {};
  }
  const headers: Record<string, string | readonly string[]> = { "impersonate-user": name };
  const uid = user.text("as-uid");
  if (uid !== undefined) {
    headers["impersonate-uid"] = uid;
  }
  const groups = user.texts("as-groups");
  if (groups.length > 0) {
    headers["impersonate-group"] = groups;
  }
  const extra = user.fields("as-user-extra");
  for (const key of extra?.names() ?? []) {
    headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = extra?.texts(key) ?? [];
  }
  return headers;
}
