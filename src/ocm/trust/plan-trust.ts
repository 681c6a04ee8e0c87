import type { PostRenderer } from "../../flux/helm-release.ts";
import type { Secret } from "../../kube/core.ts";
import type { TenantObjects } from "../tenant-objects.ts";
import { CA_KEY, findCABundle } from "./ca-bundle.ts";
import { planChartTrust, trustCopyName, type ChartTrust } from "./chart-trust.ts";
import { mountCABundle } from "./mount-ca-bundle.ts";
import type { OperatorObjects } from "./operator-objects.ts";
import { planToolkitSecrets, toolkitSecret, type ToolkitSecrets } from "./toolkit-secrets.ts";
import type { Trust } from "../settings.ts";

/** What chart and toolkit need of the operator's objects. */
export type TrustPlan = {
  readonly chart: ChartTrust;
  readonly toolkit: ToolkitSecrets;
  /** How the pods of the release get at the Secrets that the chart has no values for. */
  readonly postRenderers?: readonly PostRenderer[];
};

/** Plans what a chart with these values needs. Throws a SettingError when something for its pull is missing or unfit. */
export function planTrust(
  trust: Trust,
  values: Readonly<Record<string, unknown>> | undefined,
  { operator, objects }: { readonly operator: OperatorObjects; readonly objects: TenantObjects },
): TrustPlan {
  const chart = planChartTrust(trust, operator, objects);
  const toolkit = planToolkitSecrets(values, operator, objects);
  if (trust.caBundle === undefined) {
    return { chart, toolkit };
  }
  const bundle = findCABundle(trust.caBundle, operator);
  const name = trustCopyName("ca", trust.caBundle.name);
  const postRenderers = [mountCABundle(name, bundle)];
  const copy = toolkitSecret(name, { type: "Opaque", data: { [CA_KEY]: bundle } }, objects);
  return { chart, toolkit: and(toolkit, copy), postRenderers };
}

function and(toolkit: ToolkitSecrets, secret: Secret): ToolkitSecrets {
  return "hindrance" in toolkit ? toolkit : { secrets: [...toolkit.secrets, secret] };
}
