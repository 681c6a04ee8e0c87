import type { ChartLocation } from "../../flux/oci-repository.ts";
import type { Secret } from "../../kube/core.ts";
import { MAX_LABEL_LENGTH, shorten } from "../../openmcp/names.ts";
import { SettingError } from "../setting-error.ts";
import type { TenantObjects } from "../tenant-objects.ts";
import { CA_KEY, findCABundle } from "./ca-bundle.ts";
import { describeMissing, describeUnfit, type OperatorObjects } from "./operator-objects.ts";
import type { Trust } from "./trust.ts";

/** What the pull of the chart needs in the tenant namespace. */
export type ChartTrust = {
  /** Copies for the tenant namespace. */
  readonly copies: readonly Secret[];
  /** How the OCIRepository names them. */
  readonly location: Pick<ChartLocation, "certSecretName" | "verify" | "proxySecretName">;
};

type Purpose = "ca" | "verify" | "proxy";

/**
 * Name of the copy of an operator's object, which differs from that of every pull secret's copy.
 *
 * One object can serve several purposes: each has a copy with the keys it needs.
 */
export function trustCopyName(purpose: Purpose, name: string): string {
  return shorten(`sp-ocm.${purpose}-${name}`, MAX_LABEL_LENGTH);
}

/** Builds what the pull of the chart needs. Throws a SettingError when something is missing or of no use. */
export function planChartTrust(
  { caBundle, verify, proxySecret }: Trust,
  operator: OperatorObjects,
  objects: TenantObjects,
): ChartTrust {
  const copy = (purpose: Purpose, name: string, data: NonNullable<Secret["data"]>): Secret => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: objects.namespace, name: trustCopyName(purpose, name), labels: objects.labels },
    type: "Opaque",
    data,
  });
  const certificates = caBundle && copy("ca", caBundle.name, { [CA_KEY]: findCABundle(caBundle, operator) });
  const keys =
    verify?.secretName === undefined
      ? undefined
      : copy("verify", verify.secretName, pick(verify.secretName, rules[verify.provider], operator));
  const proxy =
    proxySecret === undefined ? undefined : copy("proxy", proxySecret, pick(proxySecret, rules.proxy, operator));
  return {
    copies: [certificates, keys, proxy].filter((secret) => secret !== undefined),
    location: {
      ...(certificates !== undefined && { certSecretName: certificates.metadata.name }),
      ...(verify !== undefined && {
        verify: { ...verify, ...(keys !== undefined && { secretName: keys.metadata.name }) },
      }),
      ...(proxy !== undefined && { proxySecretName: proxy.metadata.name }),
    },
  };
}

/** What a Secret is used for, and which of its keys that takes. */
type Rule = {
  readonly field: string;
  readonly keys: RegExp;
  readonly required: RegExp;
  readonly expected: string;
};

const rules: Readonly<Record<"cosign" | "notation" | "proxy", Rule>> = {
  cosign: {
    field: "spec.verify.secretRef",
    keys: /\.pub$/,
    required: /\.pub$/,
    expected: "a key that ends in .pub",
  },
  notation: {
    field: "spec.verify.secretRef",
    keys: /^trustpolicy\.json$|\.(?:crt|pem)$/,
    required: /^trustpolicy\.json$/,
    expected: "a key trustpolicy.json",
  },
  proxy: {
    field: "spec.proxySecretRef",
    keys: /^(?:address|username|password)$/,
    required: /^address$/,
    expected: "a key address",
  },
};

function pick(name: string, rule: Rule, operator: OperatorObjects): NonNullable<Secret["data"]> {
  const secret = operator.secret(name);
  const ref = { kind: "Secret", name };
  if (secret === undefined) {
    throw new SettingError("ReferenceNotFound", describeMissing(rule.field, ref, operator));
  }
  const picked = Object.entries(secret.data ?? {}).filter(([key]) => rule.keys.test(key));
  if (!picked.some(([key]) => rule.required.test(key))) {
    const flaw = { found: "no such key", expected: rule.expected };
    throw new SettingError("ReferenceInvalid", describeUnfit(rule.field, ref, flaw));
  }
  return Object.fromEntries(picked);
}
