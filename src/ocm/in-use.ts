import { isDeepStrictEqual } from "node:util";

import type { HelmRelease } from "../flux/helm-release.ts";
import type { OCIRepository } from "../flux/oci-repository.ts";
import type { Secret } from "../kube/core.ts";
import type { Observed } from "./observed.ts";
import { copyPullSecret, type PullSecret } from "./pull-secret.ts";
import { inputsOf, withMark } from "./retry/inputs-mark.ts";
import { type Chart, secretsOf, type Settings } from "./settings.ts";
import { pullSecretCopyName, type TenantObjects } from "./tenant-objects.ts";
import { toolkitRelease } from "./toolkit-release.ts";
import type { OperatorObjects } from "./trust/operator-objects.ts";
import type { TrustPlan } from "./trust/plan-trust.ts";
import { trustInUse } from "./trust/trust-in-use.ts";

/** What the settings say about what an installation relies on. */
export type SettingsRead = {
  readonly config: Settings;
  readonly pullSecretOf: (chart: Pick<Chart, "pullSecret">) => PullSecret;
  readonly operator: OperatorObjects;
};

/** The part of a plan for an installation that stays as it is. */
export type InUse = { readonly pullSecret?: Secret; readonly trust?: TrustPlan; readonly release?: HelmRelease };

/**
 * Plans what an installation relies on that stays as it is: copies of the operator's objects, so that what is rotated
 * reaches them whatever stands in the way of anything new. Pure.
 *
 * Throws a SettingError for what is there and unfit.
 */
export function planInUse(
  { source, release }: Pick<Observed, "source" | "release">,
  objects: TenantObjects,
  settings: SettingsRead,
): InUse {
  if (source === undefined || release === undefined) {
    return {};
  }
  const pullSecret = copyInUse(source, objects, settings);
  const { config, operator } = settings;
  const trust = trustInUse(config.trust, { source, release }, { operator, named: secretsOf(config), objects });
  const rotated = withBundle(release, objects, trust);
  return {
    ...(pullSecret !== undefined && { pullSecret }),
    ...(hasCopies(trust) && { trust }),
    ...(rotated !== undefined && { release: rotated }),
  };
}

// A secret that only the entry named, or that is gone, cannot be followed: its last copy goes on serving.
function copyInUse({ spec }: OCIRepository, objects: TenantObjects, settings: SettingsRead): Secret | undefined {
  const { chart, offers } = settings.config;
  const inUse = [chart, ...offers.map((offer) => offer.chart)].find(
    ({ pullSecret }) => pullSecret !== undefined && pullSecretCopyName(pullSecret) === spec?.secretRef?.name,
  );
  const secret = inUse === undefined ? undefined : settings.pullSecretOf(inUse);
  return secret?.state === "present" ? copyPullSecret(secret, objects, "spec.imagePullSecret") : undefined;
}

function hasCopies({ chart, toolkit }: TrustPlan): boolean {
  return chart.copies.length > 0 || "hindrance" in toolkit || toolkit.secrets.length > 0;
}

// The pods read a bundle once: with another digest of it they start anew.
function withBundle(live: HelmRelease, objects: TenantObjects, { postRenderers }: TrustPlan): HelmRelease | undefined {
  const { spec } = live;
  if (spec === undefined || postRenderers === undefined || isDeepStrictEqual(spec.postRenderers, postRenderers)) {
    return undefined;
  }
  const release = toolkitRelease(objects, {
    kubeconfigSecret: spec.kubeConfig.secretRef.name,
    interval: spec.interval,
    ...(spec.values !== undefined && { values: spec.values }),
    postRenderers,
  });
  return withMark(release, inputsOf(live));
}
