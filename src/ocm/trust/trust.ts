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

const KEY = /^[-._a-zA-Z0-9]+$/;

type Spec = NonNullable<ProviderConfig["spec"]>;

/** Reads what a ProviderConfig says about trust. Throws a SettingError for what no object and no Flux can provide. */
export function readTrust({ caBundleRef, verify, proxySecretRef }: Spec): Trust {
  return {
    ...(caBundleRef !== undefined && { caBundle: readCABundle(caBundleRef) }),
    ...(verify !== undefined && { verify: readVerify(verify) }),
    ...(proxySecretRef !== undefined && { proxySecret: proxySecretRef.name }),
  };
}

function readCABundle({ key = "ca.crt", ...ref }: NonNullable<Spec["caBundleRef"]>): CABundleRef {
  if (!KEY.test(key)) {
    throw invalid(`spec.caBundleRef.key: found "${key}", expected letters, digits, "-", "_" and "."`);
  }
  return { ...ref, key };
}

function readVerify({ provider, secretRef, matchOIDCIdentity }: NonNullable<Spec["verify"]>): ChartVerification {
  if (provider === "notation" && secretRef === undefined) {
    throw invalid("spec.verify: found no secretRef, which notation needs");
  }
  if (provider === "notation" && matchOIDCIdentity !== undefined) {
    throw invalid("spec.verify: found matchOIDCIdentity, which is for cosign only");
  }
  return {
    provider,
    ...(secretRef !== undefined && { secretName: secretRef.name }),
    ...(matchOIDCIdentity !== undefined && { matchOIDCIdentity }),
  };
}

function invalid(message: string): SettingError {
  return new SettingError("InvalidProviderConfig", message);
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
