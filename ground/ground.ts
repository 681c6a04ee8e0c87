import type { KeyObject } from "node:crypto";

/** One running cluster of a ground. */
export type GroundCluster = {
  /** `platform`, `onboarding`, or the control plane's name. */
  readonly name: string;
  /** Base URL of the API server, for example `https://127.0.0.1:40123`. */
  readonly server: string;
  /** Kubeconfig of a cluster administrator, YAML. */
  readonly kubeconfig: string;
  /** The same on disk, inside the ground's folder. */
  readonly kubeconfigPath: string;
};

/** Private chart registry of a ground, and what lies in it. */
export type ChartSource = {
  /** URL of the chart without tag, with `oci://`. */
  readonly chartURL: string;
  /** Tags in ascending order, at least two. */
  readonly versions: readonly string[];
  /** `.dockerconfigjson` that may pull the chart (text, not base64). */
  readonly dockerConfigJson: string;
  /** The same shape with a wrong password. */
  readonly wrongDockerConfigJson: string;
};

/** One request, as the API server that answered it saw it. */
export type LoggedRequest = {
  /** As Kubernetes calls it: `get`, `list`, `watch`, `create`, `patch`, `update`, `delete`, `deletecollection`. */
  readonly verb: string;
  /** With its query. */
  readonly path: string;
  readonly userAgent: string;
  /** HTTP status of the answer. */
  readonly code: number;
  /** When it came in, in ms since the epoch. */
  readonly atMs: number;
};

/** Where a cluster is reached, and whom to trust there. */
export type Address = { readonly server: string; readonly caPem?: string };

/** Decides which address is in the kubeconfigs that are granted for a cluster of a purpose, or that pods have. */
export type Route = (purpose: string, address: Address) => Promise<Address>;

/** Name and namespace of a control plane (and of its OCM object) on the onboarding cluster. */
export type ControlPlaneRef = { readonly name: string; readonly namespace: string };

/**
 * The set of clusters on which the provider runs in sandbox and tests.
 *
 * The platform cluster has the CRDs of openMCP and Flux, the namespace `openmcp-system` and the
 * ServiceProvider object `ocm`; the platform's part (granting ClusterRequests and AccessRequests) is played;
 * Flux runs against the platform cluster.
 */
export type Ground = {
  readonly kind: "embedded" | "real";
  /** Own folder: kubeconfigs, logs. Removed by `stop` unless the ground was started with `keep`. */
  readonly folder: string;
  readonly platform: GroundCluster;
  readonly onboarding: GroundCluster;
  readonly charts: ChartSource;
  /**
   * Orders a control plane as the platform would: tenant namespace, ClusterRequest, Cluster, and its own
   * API server. Creates the workspace namespace on onboarding when it is missing.
   */
  orderControlPlane(ref: ControlPlaneRef): Promise<GroundCluster>;
  /** Removes the control plane, its ClusterRequest and its API server. The tenant namespace is deleted last. */
  removeControlPlane(ref: ControlPlaneRef): Promise<void>;
  /** What a cluster's API server was asked since it was started, in the order of arrival. */
  requests(cluster: Pick<GroundCluster, "server">): Promise<readonly LoggedRequest[]>;
  /** Ends an API server as a crash would: connections break, further ones are refused, what was stored stays. */
  crash(cluster: Pick<GroundCluster, "server">): Promise<void>;
  /** Starts an API server again that has crashed, where it was. */
  revive(cluster: Pick<GroundCluster, "server">): Promise<void>;
  /** Signs a version of the chart as cosign does with a private key on the curve P-256. */
  signChart(version: string, privateKey: KeyObject): Promise<void>;
  /** Has the tag of a version name other bytes of the same chart. */
  moveTag(version: string): Promise<void>;
  /** Publishes a version of the chart under another tag as well. */
  tagChart(version: string, tag: string): Promise<void>;
  /** Ends the chart registry as a crash would: pulls fail, what Flux has fetched before stays. */
  crashRegistry(): Promise<void>;
  /** Starts the chart registry again that has crashed, where it was. */
  reviveRegistry(): Promise<void>;
  /** Stops everything it started and nothing else. May be called twice. */
  stop(): Promise<void>;
};
