import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { TenantTarget } from "../platform/tenant-access.ts";

/** What makes up an installation beside the access to its cluster. */
export type Inspection = {
  /** Kinds on the platform cluster, in the order in which one object leads to the next. */
  readonly platform: readonly InspectedKind[];
  /** Kinds on the cluster that has the installation. */
  readonly target: readonly InspectedKind[];
  /** Tells which cluster that is, by the objects of the platform kinds. Default: the control plane. */
  readonly targetOf?: (platform: readonly KubeObject[]) => TenantTarget;
  /** Finalizers of others: who removes each of them, and when. */
  readonly finalizers: Readonly<Record<string, string>>;
};

/** Objects of one kind that an installation can have. */
export type InspectedKind = {
  readonly resource: Resource;
  /** On the platform cluster, this is the tenant's namespace. Default: every namespace. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Nothing but the metadata of the objects is read: what is in them is secret, or large. */
  readonly isBare?: boolean;
  /** Names of the objects that an installation cannot do without. */
  readonly needed?: readonly string[];
  /**
   * Tells the names that the provider gives to such objects: under one of these, an object of somebody else is foreign.
   * Default: those of `needed`.
   */
  readonly isReserved?: (name: string) => boolean;
  /** Says how an object is; nothing for one that need not be shown. Pure. */
  readonly judge: (object: KubeObject, platform: readonly KubeObject[]) => Judgement | undefined;
};

/** How one object of an installation is. */
export type Judgement = {
  readonly state: "ready" | "waiting" | "failed";
  /** Empty where the state says it all. */
  readonly message: string;
  readonly version?: string;
  /** Since when the object is in its state, RFC 3339. */
  readonly since?: string;
  /** Further facts, each with a name for the reader. */
  readonly details?: Readonly<Record<string, string>>;
};
