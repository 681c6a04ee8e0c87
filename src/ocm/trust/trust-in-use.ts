import type { HelmRelease } from "../../flux/helm-release.ts";
import type { OCIRepository } from "../../flux/oci-repository.ts";
import type { ObjectRef } from "../../kube/object.ts";
import { type CABundleRef, imagePullSecretsOf, type Trust } from "../settings.ts";
import type { TenantObjects } from "../tenant-objects.ts";
import { type Purpose, trustCopyName } from "./chart-trust.ts";
import type { OperatorObjects } from "./operator-objects.ts";
import { planTrust, type TrustPlan } from "./plan-trust.ts";

type Source = NonNullable<OCIRepository["spec"]>;
type On = {
  readonly operator: OperatorObjects;
  /** Secrets that the settings name: of others nothing is known. */
  readonly named: ReadonlySet<string>;
  readonly objects: TenantObjects;
};

/**
 * Plans the copies on which an installation relies as it is, so that what is rotated reaches them.
 *
 * What the settings do not name any more, or what is gone, cannot be followed: its last copy goes on serving. Throws a
 * SettingError for what is there and unfit.
 */
export function trustInUse(
  trust: Trust,
  { source, release }: { readonly source: OCIRepository; readonly release: HelmRelease },
  on: On,
): TrustPlan {
  const { operator, named } = on;
  const names = imagePullSecretsOf(release.spec?.values).filter(
    (name) => named.has(name) && operator.secret(name) !== undefined,
  );
  const values = { manager: { imagePullSecrets: names.map((name) => ({ name })) } };
  const { toolkit, ...plan } = planTrust(partInUse(trust, source, operator), values, on);
  return { ...plan, toolkit: "hindrance" in toolkit ? toolkit : { ...toolkit, areAll: false } };
}

function partInUse(trust: Trust, source: OCIRepository, operator: OperatorObjects): Trust {
  const spec = source.spec;
  return spec === undefined
    ? {}
    : {
        ...bundleInUse(trust, spec, operator),
        ...keysInUse(trust, spec, operator),
        ...proxyInUse(trust, spec, operator),
      };
}

function bundleInUse({ caBundle }: Trust, { certSecretRef }: Source, operator: OperatorObjects): Trust {
  const isInUse = caBundle !== undefined && isCopyOf(certSecretRef, "ca", caBundle.name);
  return isInUse && isThere(caBundle, operator) ? { caBundle } : {};
}

function keysInUse({ verify }: Trust, { verify: used }: Source, { secret }: OperatorObjects): Trust {
  const { secretName = "" } = verify ?? {};
  const isInUse = verify?.provider === used?.provider && isCopyOf(used?.secretRef, "verify", secretName);
  return verify !== undefined && isInUse && secret(secretName) !== undefined ? { verify } : {};
}

function proxyInUse({ proxySecret = "" }: Trust, { proxySecretRef }: Source, { secret }: OperatorObjects): Trust {
  const isInUse = isCopyOf(proxySecretRef, "proxy", proxySecret);
  return isInUse && secret(proxySecret) !== undefined ? { proxySecret } : {};
}

function isCopyOf(copy: ObjectRef | undefined, purpose: Purpose, name: string): boolean {
  return copy?.name === trustCopyName(purpose, name);
}

function isThere({ kind, name }: CABundleRef, operator: OperatorObjects): boolean {
  return (kind === "Secret" ? operator.secret(name) : operator.configMap(name)) !== undefined;
}
