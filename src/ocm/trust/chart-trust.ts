import type { ChartLocation } from "../../flux/oci-repository.ts";
import type { Secret } from "../../kube/core.ts";
import { isRecord } from "../../kube/json.ts";
import { MAX_LABEL_LENGTH, shorten } from "../../openmcp/platform/names.ts";
import { SettingError, type Trust } from "../settings.ts";
import type { TenantObjects } from "../tenant-objects.ts";
import { CA_KEY, findCABundle } from "./ca-bundle.ts";
import { describeMissing, describeUnfit, type OperatorObjects } from "./operator-objects.ts";
import { pemBlocks } from "./pem-blocks.ts";

/** What the pull of the chart needs in the tenant namespace. */
export type ChartTrust = {
  /** Copies for the tenant namespace. */
  readonly copies: readonly Secret[];
  /** How the OCIRepository names them. */
  readonly location: Pick<ChartLocation, "certSecretName" | "verify" | "proxySecretName">;
};

/** What the chart's pull uses the copy of an operator's object for. */
export type Purpose = "ca" | "verify" | "proxy";

const CERTIFICATE = "CERTIFICATE";
const TRUST_POLICY = "trustpolicy.json";
const LOGIN = new Set(["username", "password"]);
/** A URL as Go reads it: a login has only characters that need no escape, `@` among them. */
const PROXY_ADDRESS =
  /^(?:https?|socks5h?):\/\/(?:(?:[\w\-.~!$&'()*+,;=:@]|%[\da-f]{2})*@)?(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?\/?$/i;

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

/** What a Secret is used for, and what of it that takes. */
type Rule = {
  readonly field: string;
  /** Reduces the value of a key to what is needed; `undefined` when nothing of it is. */
  readonly need: (key: string, text: string) => string | undefined;
  readonly required: RegExp;
  readonly expected: string;
};

const rules: Readonly<Record<"cosign" | "notation" | "proxy", Rule>> = {
  cosign: {
    field: "spec.verify.secretRef",
    need: (key, text) => (key.endsWith(".pub") ? pemBlocks(text, ["PUBLIC KEY", "RSA PUBLIC KEY"]) : undefined),
    required: /\.pub$/,
    expected: "a key that ends in .pub, with a public key in PEM",
  },
  notation: {
    field: "spec.verify.secretRef",
    need: (key, text) =>
      key === TRUST_POLICY
        ? onlyPolicies(text)
        : /\.(?:crt|pem)$/.test(key)
          ? pemBlocks(text, [CERTIFICATE])
          : undefined,
    required: /^trustpolicy\.json$/,
    expected: `a key ${TRUST_POLICY}, with trustPolicies in JSON`,
  },
  proxy: {
    field: "spec.proxySecretRef",
    need: (key, text) => (key === "address" ? proxyAddress(text) : LOGIN.has(key) ? text : undefined),
    required: /^address$/,
    expected:
      "a key address, with a URL such as http://proxy.example:3128; user and password belong under keys of their own",
  },
};

function pick(name: string, rule: Rule, operator: OperatorObjects): NonNullable<Secret["data"]> {
  const secret = operator.secret(name);
  const ref = { kind: "Secret", name };
  if (secret === undefined) {
    throw new SettingError("ReferenceNotFound", describeMissing(rule.field, ref, operator));
  }
  const needed = Object.entries(secret.data ?? {}).flatMap(([key, encoded]) => {
    const value = rule.need(key, Buffer.from(encoded, "base64").toString("latin1"));
    return value === undefined ? [] : [[key, Buffer.from(value, "latin1").toString("base64")] as const];
  });
  if (!needed.some(([key]) => rule.required.test(key))) {
    const flaw = { found: "no such key", expected: rule.expected };
    throw new SettingError("ReferenceInvalid", describeUnfit(rule.field, ref, flaw));
  }
  return Object.fromEntries(needed);
}

function onlyPolicies(text: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isRecord(parsed) || !Array.isArray(parsed["trustPolicies"])) {
      return undefined;
    }
    const { version, trustPolicies } = parsed;
    return JSON.stringify({ version, trustPolicies });
  } catch {
    return undefined;
  }
}

// What Go cannot parse, Flux quotes in full.
function proxyAddress(text: string): string | undefined {
  const address = text.trim();
  return PROXY_ADDRESS.test(address) ? address : undefined;
}
