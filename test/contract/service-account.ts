import type { ContractClient } from "./contract-client.ts";
import { assertOK } from "./refused.ts";

/** Creates a service account. */
export async function createServiceAccount(client: ContractClient, namespace: string, name: string): Promise<void> {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } };
  assertOK(await client.post(`/api/v1/namespaces/${namespace}/serviceaccounts`, account), 201);
}

/** A token of a service account. */
export async function issueToken(client: ContractClient, namespace: string, name: string): Promise<string> {
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
  const answer = await client.post(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, request);
  assertOK(answer, 201);
  return (answer.body.status as { token: string }).token;
}
