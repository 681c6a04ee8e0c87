import type { SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { Obj } from "../object.ts";
import { serviceAccountOf } from "./access-rights.ts";

/** A bearer token and its life. */
export type AccessToken = { readonly token: string; readonly createdAtMs: number; readonly expiresAtMs: number };

/** Has the target cluster issue a token for the ServiceAccount of an AccessRequest. */
export async function issueToken(
  client: SimClient,
  request: Obj,
  { clock, tokenLifetimeMs }: { readonly clock: SimClock; readonly tokenLifetimeMs: number },
): Promise<AccessToken> {
  const account = serviceAccountOf(request);
  const createdAtMs = clock.now();
  const ref = { apiVersion: "v1", kind: "ServiceAccount", ...account };
  const answer = await client.createSubresource<{
    readonly status: { readonly token: string; readonly expirationTimestamp: string };
  }>(ref, "token", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: Math.ceil(tokenLifetimeMs / 1000) },
  });
  const { token, expirationTimestamp } = answer.status;
  return { token, createdAtMs, expiresAtMs: Date.parse(expirationTimestamp) };
}
