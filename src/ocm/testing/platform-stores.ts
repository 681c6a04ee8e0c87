import { Store } from "../../runtime/store.ts";
import type { PlatformStores } from "../state.ts";

/** Caches of the platform's objects, with nothing in them. */
export function emptyStores(): PlatformStores {
  return {
    clusterRequests: new Store(),
    accessRequests: new Store(),
    secretCopies: new Store(),
    ociRepositories: new Store(),
    lookups: new Store(),
    helmReleases: new Store(),
  };
}
