import type { ChartVerification } from "../../flux/oci-repository.ts";
import type { ProviderConfig } from "../api/objects.ts";
import { SettingError } from "../setting-error.ts";

/** Where further certificate authorities are found. */
export type CABundleRef = {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  readonly key: string;
};

/** Whom to trust when the chart is pulled, and how to get there. All objects lie in the provider's own namespace. */
export type Trust = {
  readonly caBundle?: CABundleRef;
  readonly verify?: ChartVerification;
  /** Secret with the address of a proxy. */
  readonly proxySecret?: string;
};

type Spec = NonNullable<ProviderConfig["spec"]>;

/** Reads what a ProviderConfig says about trust. Throws a SettingError for a verification that Flux cannot do. */
export function readTrust({ caBundleRef, verify, proxySecretRef }: Spec): Trust {
  return {
    ...(caBundleRef !== undefined && { caBundle: { key: "ca.crt", ...caBundleRef } }),
    ...(verify !== undefined && { verify: readVerify(verify) }),
    ...(proxySecretRef !== undefined && { proxySecret: proxySecretRef.name }),
  };
}

function readVerify({ provider, secretRef, matchOIDCIdentity }: NonNullable<Spec["verify"]>): ChartVerification {
  if (provider === "notation" && secretRef === undefined) {
    throw new SettingError("InvalidProviderConfig", "spec.verify: found no secretRef, which notation needs");
  }
  return {
    provider,
    ...(secretRef !== undefined && { secretName: secretRef.name }),
    ...(matchOIDCIdentity !== undefined && { matchOIDCIdentity }),
  };
}

/** Names of the Secrets that the settings refer to. */
export function trustSecretsOf({ caBundle, verify, proxySecret }: Trust): readonly string[] {
  const bundle = caBundle?.kind === "Secret" ? caBundle.name : undefined;
  return [bundle, verify?.secretName, proxySecret].filter((name) => name !== undefined);
}

/** Names of the ConfigMaps that the settings refer to. */
export function trustConfigMapsOf({ caBundle }: Trust): ReadonlySet<string> {
  return new Set(caBundle?.kind === "ConfigMap" ? [caBundle.name] : []);
}
