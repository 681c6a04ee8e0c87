import type { SimClock } from "../clock.ts";
import type { Obj } from "../object.ts";
import { serviceAccountOf } from "./access-rights.ts";
import type { AccessToken, ClusterEndpoint } from "./platform-context.ts";

// The operator reads its own access once, when it starts, so no cluster provider can give it a short one.
const OPERATOR = "ManagedControlPlane";
const OPERATOR_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

const SHORTEST_LIFETIME_MS = 10 * 60 * 1000;

/** Has the target cluster issue a token for the ServiceAccount of an AccessRequest. */
export async function issueToken(
  { client, issueShortToken }: Pick<ClusterEndpoint, "client" | "issueShortToken">,
  request: Obj,
  { clock, tokenLifetimeMs }: { readonly clock: SimClock; readonly tokenLifetimeMs: number },
): Promise<AccessToken> {
  const account = serviceAccountOf(request);
  const isOperators = request.metadata.labels?.["openmcp.cloud/managed-by"] === OPERATOR;
  const lifetimeMs = isOperators ? OPERATOR_LIFETIME_MS : tokenLifetimeMs;
  if (issueShortToken !== undefined && lifetimeMs < SHORTEST_LIFETIME_MS) {
    return issueShortToken(account, lifetimeMs);
  }
  const createdAtMs = clock.now();
  const ref = { apiVersion: "v1", kind: "ServiceAccount", ...account };
  const answer = await client.createSubresource<{
    readonly status: { readonly token: string; readonly expirationTimestamp: string };
  }>(ref, "token", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: Math.ceil(lifetimeMs / 1000) },
  });
  const { token, expirationTimestamp } = answer.status;
  return { token, createdAtMs, expiresAtMs: Date.parse(expirationTimestamp) };
}
