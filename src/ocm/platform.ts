import type { KubeClient } from "../kube/client.ts";
import type { PlatformStores } from "./observed.ts";

/** The platform cluster: its API and what is cached of it. */
export type Platform = { readonly client: KubeClient; readonly stores: PlatformStores };
