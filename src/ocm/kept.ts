import { isSourceOf } from "./choose-chart.ts";
import type { Observed } from "./observed.ts";
import type { ReasonOf } from "./reasons.ts";

/** Why an installation is left exactly as it is, and counts as what was asked for. */
export type Kept = {
  readonly reason: Extract<ReasonOf<"ChartReady">, "VersionWithdrawn" | "SettingsNotInForce">;
  readonly message: string;
};

/** Whether Flux has been told to install the version: then it is in use. */
export function isInUse({ source, release }: Observed, version: string): boolean {
  return source !== undefined && release !== undefined && isSourceOf(source, version);
}
