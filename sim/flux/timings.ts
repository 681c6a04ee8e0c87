/** How long the stand-ins take for what costs the real controllers time. */
export type FluxTimings = {
  /** Between reading an object and writing its status. */
  readonly latencyMs: number;
  /** First delay of a retry, doubled each time. */
  readonly minRetryMs: number;
  readonly maxRetryMs: number;
  /** How often a release looks for a source that is not ready, besides being told by its watch. */
  readonly dependencyMs: number;
  /** Asking the registry for a digest. */
  readonly resolveMs: number;
  /** Fetching and storing an artifact. */
  readonly storeMs: number;
  /** Rendering a chart and checking its values. */
  readonly renderMs: number;
  readonly installMs: number;
  readonly upgradeMs: number;
  readonly rollbackMs: number;
  readonly uninstallMs: number;
  /** Uninstalling a release that failed to install. */
  readonly remediationMs: number;
  /** Pause of the helm-controller after a remediation that is followed by another attempt. */
  readonly afterRemediationMs: number;
};

/** As measured with source-controller 1.9.4 and helm-controller 1.6.4 on real API servers. */
export const recordedTimings: FluxTimings = {
  latencyMs: 8,
  minRetryMs: 750,
  maxRetryMs: 15 * 60_000,
  dependencyMs: 30_000,
  resolveMs: 25,
  storeMs: 20,
  renderMs: 95,
  installMs: 5500,
  upgradeMs: 700,
  rollbackMs: 5300,
  uninstallMs: 2000,
  remediationMs: 150,
  afterRemediationMs: 10_000,
};

/** For people and tests that do not want to wait. The order of things stays the same. */
export const fastTimings: FluxTimings = {
  latencyMs: 1,
  minRetryMs: 40,
  maxRetryMs: 2000,
  dependencyMs: 1000,
  resolveMs: 5,
  storeMs: 5,
  renderMs: 5,
  installMs: 120,
  upgradeMs: 80,
  rollbackMs: 80,
  uninstallMs: 60,
  remediationMs: 20,
  afterRemediationMs: 200,
};
