import { request } from "node:https";

import type { SimClient } from "../../sim/client.ts";
import { POD_NAMESPACE } from "./world.ts";

const RBAC = "rbac.authorization.k8s.io";
const apiVersion = `${RBAC}/v1`;

/** Makes a service account on the platform cluster, and returns a token of it. It `mayScrape` metrics, or nothing. */
export async function createScraper(
  platform: SimClient,
  { name, mayScrape }: { readonly name: string; readonly mayScrape: boolean },
): Promise<string> {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: POD_NAMESPACE } };
  await platform.create(account);
  if (mayScrape) {
    const rules = [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }];
    await platform.create({ apiVersion, kind: "ClusterRole", metadata: { name }, rules });
    await platform.create({
      apiVersion,
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: POD_NAMESPACE }],
    });
  }
  return createToken(platform, { name, namespace: POD_NAMESPACE });
}

/** Makes a token of a service account. */
export async function createToken(
  platform: SimClient,
  account: { readonly name: string; readonly namespace: string },
): Promise<string> {
  const { status } = await platform.createSubresource<{ readonly status: { readonly token: string } }>(
    { apiVersion: "v1", kind: "ServiceAccount", ...account },
    "token",
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } },
  );
  return status.token;
}

/** What a server answered. */
export type Scraped = { readonly status: number; readonly text: string };

/** Scrapes `https://<address>/metrics`. Without `ca`, trusts any certificate. */
export function scrape(
  address: string,
  { token, ca }: { readonly token?: string; readonly ca?: string } = {},
): Promise<Scraped> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
  return new Promise((resolve, reject) => {
    request(`https://${address}/metrics`, { headers, ...trust }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
      response.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}
