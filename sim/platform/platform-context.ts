import type { SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { Obj } from "../object.ts";

/** A cluster that can be given away. */
export type ClusterEndpoint = {
  readonly server: string;
  /** PEM of the authority that signed the server's certificate; absent when there is none to trust. */
  readonly caPem?: string;
  /** A client with all rights on the cluster. */
  readonly client: SimClient;
  /** Issues tokens that live shorter than ten minutes, which no API server issues. */
  readonly issueShortToken?: (account: Account, lifetimeMs: number) => Promise<AccessToken>;
};

/** A ServiceAccount. */
export type Account = { readonly namespace: string; readonly name: string };

/** A bearer token and its life. */
export type AccessToken = { readonly token: string; readonly createdAtMs: number; readonly expiresAtMs: number };

/** The platform's answer to a request. */
export type Decision = "grant" | "hold" | "deny";

/** What the platform's stand-in works with. */
export type PlatformContext = {
  readonly platform: SimClient;
  /** Finds or starts the cluster for a ClusterRequest; called again for the same request it returns the same cluster. */
  readonly clusterFor: (purpose: string, clusterRequest: Obj) => Promise<ClusterEndpoint>;
  /**
   * Ends the cluster of a Cluster object that is being deleted.
   *
   * Given when a real operator assigns and deletes clusters, so that only the cluster provider's part is played here.
   */
  readonly endCluster?: (cluster: Obj) => Promise<void>;
  readonly clock: SimClock;
  readonly random: () => number;
  /** How long the tokens in kubeconfigs live. */
  readonly tokenLifetimeMs: number;
  /** At what age tokens are renewed at the latest. Default: after 80 % of their life. */
  readonly renewTokensAfterMs?: number;
  /** Asked about every ClusterRequest and AccessRequest before it is granted. */
  readonly decide: (request: Obj) => Decision | Promise<Decision>;
  /** Time between seeing a request and answering it. */
  readonly delayMs: number;
};
