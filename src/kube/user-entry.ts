import type { Credential } from "./credentials.ts";
import type { Fields } from "./fields.ts";
import { decodePem, pairProblem } from "./pem.ts";

/** Content of the files that a user of a kubeconfig names. */
export type UserFiles = { readonly token?: string; readonly cert?: string; readonly key?: string };

/** Visible ASCII: anything else in a header could begin a header of its own. */
const HEADER_TOKEN = /^[\x21-\x7E]+$/;

/**
 * Interprets a user of a kubeconfig: token or name and password, client certificate, and whom to act as.
 *
 * A token file counts before the token, as for kubectl.
 */
export function readUser(user: Fields, files: UserFiles = {}): Credential {
  const token = bearer(user, files.token ?? user.text("token"));
  const password = basic(user);
  if (token !== undefined && password !== undefined) {
    throw user.error("token", "and username must not be given together");
  }
  const authorization = token ?? password;
  const clientCertificate = certificate(user, { ...files, isNeeded: authorization === undefined });
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
  if (name === undefined && password !== undefined) {
    throw user.error("username", "is missing beside the password");
  }
  return name && `Basic ${Buffer.from(`${name}:${password ?? ""}`).toString("base64")}`;
}

/** Checks that certificate and key belong together. `fields` names them in messages. */
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

function certificate(
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

/** Makes the headers that say whom to act as. */
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
    ...(uid === undefined ? {} : { "impersonate-uid": inUtf8(uid) }),
    ...(groups.length === 0 ? {} : { "impersonate-group": groups.map(inUtf8) }),
    ...Object.fromEntries(extraHeaders),
  };
  if (name === undefined && Object.keys(more).length > 0) {
    throw user.error("as", "is missing beside whom else to act as: the request would have the rights of the user");
  }
  return name === undefined ? {} : { "impersonate-user": inUtf8(name), ...more };
}

/** Node writes each character of a header as one byte, and API servers read UTF-8. */
function inUtf8(text: string): string {
  return Buffer.from(text).toString("latin1");
}
