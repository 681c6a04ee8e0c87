import { buildHelmRelease, type HelmRelease } from "../../../flux/helm-release.ts";

/** What may be special about a HelmRelease. */
export type ReleaseState = {
  readonly suspend?: boolean;
  readonly deleting?: boolean;
  /** How many revisions of the Helm release Flux has found. */
  readonly history?: number;
};

/** A HelmRelease in a state, for tests. */
export function playRelease({ suspend = false, deleting = false, history = 0 }: ReleaseState = {}): HelmRelease {
  const metadata = { namespace: "tenant", name: "release" };
  const built = buildHelmRelease(
    { ...metadata, ...(deleting && { deletionTimestamp: "2026-01-01T00:00:00Z" }) },
    { chartName: "chart", releaseName: "r", targetNamespace: "t", kubeconfigSecret: "kubeconfig", interval: "1m0s" },
  );
  const versions = Array.from({ length: history }, (_, index) => ({ version: history - index, status: "deployed" }));
  return {
    ...built,
    ...(built.spec && suspend && { spec: { ...built.spec, suspend } }),
    ...(history > 0 && { status: { history: versions } }),
  };
}
