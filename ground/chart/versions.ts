/**
 * Versions in which the chart is published, ascending, each with the shape that the toolkit's own chart had at its time:
 * the oldest that is supported, two in between, and the newest.
 */
export const chartVersions: readonly string[] = [
  "0.4.0",
  "0.5.0",
  "0.13.0",
  // renovate: datasource=docker depName=ghcr.io/open-component-model/kubernetes/controller/chart
  "0.16.0",
];
