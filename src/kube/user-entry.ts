import type { Credential } from "./credentials.ts";
import type { Fields } from "./fields.ts";
import { decodePem } from "./pem.ts";

/** Visible ASCII: anything else in a header could begin a header of its own. */
const TOKEN = /^[\x21-\x7E]+$/;

/** Interprets the inline data of a user of a kubeconfig: token, or name and password, and client certificate. */
export function readInlineUser(user: Fields): Credential {
  const authorization = bearer(user) ?? basic(user);
  const clientCertificate = certificate(user);
  return {
    headers: authorization === undefined ? {} : { authorization },
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  };
}

/** Makes the header of a bearer token; text that does not fit in a header yields nothing. */
export function bearerHeader(token: string): string | undefined {
  return TOKEN.test(token) ? `Bearer ${token}` : undefined;
}

function bearer(user: Fields): string | undefined {
  const token = user.text("token");
  if (token === undefined) {
    return undefined;
  }
  const header = bearerHeader(token);
  if (header === undefined) {
    throw user.error("token", "must be printable ASCII without spaces");
  }
  return header;
}

function basic(user: Fields): string | undefined {
  const name = user.text("username");
  const password = user.text("password");
  if (name === undefined && password === undefined) {
    return undefined;
  }
  return `Basic ${Buffer.from(`${name ?? ""}:${password ?? ""}`).toString("base64")}`;
}

function certificate(user: Fields): Credential["clientCertificate"] {
  const cert = decodePem(user, "client-certificate-data");
  const key = decodePem(user, "client-key-data");
  if (cert === undefined || key === undefined) {
    if (cert !== key) {
      throw user.error("client-certificate-data", "and client-key-data must be given together");
    }
    return undefined;
  }
  return { cert, key };
}
