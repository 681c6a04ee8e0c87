import type { ChartVersion } from "./chart-version.ts";

/** A chart with all that is needed to install it. */
export type Chart = {
  /** `oci://…` without tag. */
  readonly url: string;
  readonly version: ChartVersion;
  /** Secret in the provider's own namespace. */
  readonly pullSecret?: string;
  readonly values?: Readonly<Record<string, unknown>>;
};
