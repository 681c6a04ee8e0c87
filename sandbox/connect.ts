import { load } from "js-yaml";
import type { GroundCluster } from "../ground/ground.ts";
import { SimClient } from "../sim/client.ts";
import { systemSimClock } from "../sim/clock.ts";
import { httpTransport } from "../sim/http-transport.ts";

/** How to reach a cluster, as the kubeconfigs of grounds say it: one cluster, one user with a token. */
export type Access = { readonly url: string; readonly caPem: string; readonly token: string };

type Kubeconfig = {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
};

/** Connects as the cluster's administrator. */
export function connect({ kubeconfig }: Pick<GroundCluster, "kubeconfig">): SimClient {
  return new SimClient(httpTransport(readAccess(kubeconfig)), { clock: systemSimClock, fieldManager: "sandbox" });
}

/** Reads a kubeconfig that a ground wrote. */
export function readAccess(text: string): Access {
  const { clusters, users } = load(text) as Kubeconfig;
  const [named] = clusters;
  const [identity] = users;
  if (named === undefined || identity === undefined) {
    throw new Error("expected a kubeconfig with one cluster and one user");
  }
  const { server, "certificate-authority-data": authority } = named.cluster;
  return { url: server, caPem: Buffer.from(authority, "base64").toString("utf8"), token: identity.user.token };
}
