import { helmReleases } from "../flux/helm-release.ts";
import { ociRepositories } from "../flux/oci-repository.ts";
import type { Diagnosis } from "../openmcp/service/definition.ts";
import type { Settings } from "./settings.ts";

/** What `doctor` looks at for this provider. */
export const diagnosis: Diagnosis<Settings> = {
  kinds: [ociRepositories, helmReleases],
  loadChecks: async () => {
    const [{ fluxCheck }, { registryCheck }] = await Promise.all([
      import("./flux-check.ts"),
      import("./registry-check.ts"),
    ]);
    return [fluxCheck, registryCheck];
  },
};
