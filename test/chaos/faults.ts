/** When something is out of order, in ms after the life has begun. */
export type Window = { readonly fromMs: number; readonly forMs: number };

/** Which clusters are meant. */
export type ClusterKind = "platform" | "onboarding" | "mcp";

/** What can be stopped for a while. */
export type Component =
  | `${ClusterKind} API server`
  | "etcd"
  | "platform operator"
  | "source-controller"
  | "helm-controller"
  | "registry";

/** What somebody may delete. */
export type Meddled = "AccessRequest" | "OCIRepository" | "pull secret";

/** One thing that goes wrong. */
export type Fault =
  | { readonly do: "crash"; readonly at: number; readonly moment: "before" | "after"; readonly downMs: number }
  | {
      readonly do: "refuse";
      readonly code: 401 | 403 | 409 | 429 | 500 | 503 | 504;
      readonly on: ClusterKind;
      readonly window: Window;
      readonly share: number;
    }
  | {
      readonly do: "lose";
      readonly what: "request" | "answer";
      readonly how: "reset" | "silence";
      readonly on: ClusterKind;
      readonly window: Window;
      readonly share: number;
    }
  | {
      readonly do: "watch";
      readonly what: "delay" | "drop" | "duplicate" | "forget";
      readonly on: ClusterKind;
      readonly window: Window;
      readonly share: number;
      readonly delayMs: number;
      /** Only watches of kinds of this API group. */
      readonly group?: string;
    }
  /** API servers take what the provider sends, and answer nothing. */
  | { readonly do: "mute"; readonly on: ClusterKind; readonly window: Window }
  /** The provider may not list, or may not watch, a single kind. */
  | {
      readonly do: "forbid";
      readonly on: ClusterKind;
      readonly verb: "list" | "watch";
      /** Plural, as in paths. */
      readonly resource: string;
      /** Only in this API group. */
      readonly group?: string;
      readonly window: Window;
    }
  /** API servers show a certificate of an authority that nobody trusts. */
  | { readonly do: "distrust"; readonly on: ClusterKind; readonly window: Window }
  | { readonly do: "lag"; readonly on: ClusterKind; readonly window: Window; readonly lagMs: number }
  | { readonly do: "slow"; readonly window: Window; readonly upToMs: number }
  | { readonly do: "stop"; readonly component: Component; readonly window: Window }
  /** A part stops in the moment in which Helm has begun to install. */
  | { readonly do: "stopInstalling"; readonly component: Component; readonly forMs: number }
  /** What a part of the world watches reaches it late. */
  | { readonly do: "behind"; readonly component: Component; readonly window: Window; readonly byMs: number }
  | { readonly do: "pause"; readonly window: Window }
  /** What the leader sends gets no answer. */
  | { readonly do: "partition"; readonly from: "platform" | "everything"; readonly window: Window }
  /** Somebody deletes what the provider has made for a tenant. */
  | { readonly do: "meddle"; readonly with: Meddled; readonly atMs: number }
  /** The namespaces of the tenants get another shard key, or none. */
  | { readonly do: "move"; readonly to: string | null; readonly atMs: number }
  | { readonly do: "jump"; readonly atMs: number; readonly byMs: number };
