import { randomUUID, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { SimClient } from "../../sim/client.ts";
import type { AccessToken, Account } from "../../sim/platform/platform-context.ts";

/** Issuer and audience of the tokens of every API server of a real ground. */
export const TOKEN_ISSUER = "https://kubernetes.default.svc";

/**
 * Signs a token for an account of a cluster with the key of its API server.
 *
 * The API server itself issues no token for less than ten minutes: one that is signed here may live for seconds.
 */
export async function signToken(
  cluster: { readonly client: SimClient; readonly keyPath: string },
  { namespace, name }: Account,
  lifetimeMs: number,
): Promise<AccessToken> {
  const { metadata } = await cluster.client.get({ apiVersion: "v1", kind: "ServiceAccount", namespace, name });
  const createdAtMs = Date.now();
  const expiresAtMs = createdAtMs + lifetimeMs;
  const seconds = Math.floor(createdAtMs / 1000);
  const claims = {
    iss: TOKEN_ISSUER,
    aud: [TOKEN_ISSUER],
    sub: `system:serviceaccount:${namespace}:${name}`,
    jti: randomUUID(),
    iat: seconds,
    nbf: seconds,
    exp: Math.floor(expiresAtMs / 1000),
    "kubernetes.io": { namespace, serviceaccount: { name, uid: metadata.uid } },
  };
  const body = `${encode({ alg: "ES256", typ: "JWT" })}.${encode(claims)}`;
  const key = { key: await readFile(cluster.keyPath), dsaEncoding: "ieee-p1363" } as const;
  const signature = sign("sha256", Buffer.from(body), key).toString("base64url");
  return { token: `${body}.${signature}`, createdAtMs, expiresAtMs };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
