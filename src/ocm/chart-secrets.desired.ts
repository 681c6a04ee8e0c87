import type { HelmRelease } from "../flux/helm-release.ts";
import type { ChartLocation, ChartVerification, OCIRepository } from "../flux/oci-repository.ts";
import type { Secret } from "../kube/core.ts";
import { isRecord } from "../kube/json.ts";
import type { OperatorObjects, SettingsInForce } from "../openmcp/service/definition.ts";
import { MAX_LABEL_LENGTH, shorten } from "../openmcp/platform/names.ts";
import { catalogueOf } from "./catalogue.ts";
import {
  certificates,
  contentOf,
  isPresent,
  only,
  parseJson,
  pemBlocks,
  pick,
  recode,
  type Reference,
  registryLogins,
  type Use,
  valueOf,
} from "../openmcp/service/operator-objects.ts";
import { type Chart, imagePullSecretsOf, secretsOf, SettingError, type Settings, type Trust } from "./settings.ts";
import type { Names } from "./names.ts";

/** The use that the pull of the chart makes of a Secret in the tenant namespace. */
type Purpose = "pull" | "ca" | "verify" | "proxy";

/** The operator's objects that an installation needs. */
export type Needs = Readonly<Record<Purpose, Reference | undefined>> & {
  readonly verification: ChartVerification | undefined;
  /** The pods of the toolkit pull their images with these. */
  readonly imagePullSecrets: readonly Reference[];
  /** False if the installation may also need objects that the settings do not name, or that are gone. */
  readonly isComplete: boolean;
};

/** The Secrets for the pull of the chart. */
export type ChartSecrets = {
  /** Copies for the tenant namespace. */
  readonly copies: readonly Secret[];
  /** The names of the copies in the OCIRepository. */
  readonly location: Pick<ChartLocation, "secretName" | "certSecretName" | "verify" | "proxySecretName">;
};

/**
 * Returns the name of the copy of an operator's object in a tenant namespace; the prefix avoids names that others choose.
 *
 * One object can serve several purposes: each has a copy with the keys that the purpose needs. No copy for another
 * purpose can have the name of a pull secret's copy.
 */
export function copyName(purpose: Purpose, name: string): string {
  return shorten(purpose === "pull" ? `sp-ocm-${name}` : `sp-ocm.${purpose}-${name}`, MAX_LABEL_LENGTH);
}

/** Whether a name may be that of such a copy. */
export function isNameOfCopy(name: string): boolean {
  return /^sp-ocm[-.]/u.test(name);
}

/** Lists the operator's objects that the installation of a chart needs. `version` is the version of the OCM object. */
export function needsOf(chart: Chart, version: string, settings: Settings): Needs {
  return {
    ...trustNeeds(settings.trust),
    pull: pullSecretOf(chart, version, settings),
    imagePullSecrets: imagePullSecretsOf(chart.values).map(imagePullSecretAt),
    isComplete: true,
  };
}

/**
 * Lists the operator's objects that an installation needs that stays as it is, so that changed content reaches the
 * copies.
 *
 * The last copy of an object stays if no setting names the object any more, or if the object does not exist or cannot
 * be read.
 */
export function needsInUse(
  inForce: Pick<SettingsInForce<Settings>, "settings" | "operator">,
  { spec: source }: OCIRepository,
  { spec: release }: HelmRelease,
): Needs {
  const { settings, operator } = inForce;
  const { ca, verify, proxy, verification } = trustNeeds(settings.trust);
  const copies = copiesIn(source, verification);
  const follow = (purpose: Purpose, ...references: readonly (Reference | undefined)[]): Reference | undefined =>
    references
      .filter((reference) => reference !== undefined)
      .find((reference) => copies[purpose] === copyName(purpose, reference.name) && isPresent(reference, operator));
  const charts = [{ version: "", chart: settings.chart }, ...(catalogueOf(inForce) ?? [])];
  const named = secretsOf(settings);
  return {
    pull: follow("pull", ...charts.map(({ version, chart }) => pullSecretOf(chart, version, settings))),
    ca: follow("ca", ca),
    verify: follow("verify", verify),
    proxy: follow("proxy", proxy),
    verification: undefined,
    imagePullSecrets: imagePullSecretsOf(release?.values)
      .filter((name) => named.has(name))
      .map(imagePullSecretAt)
      .filter((reference) => isPresent(reference, operator)),
    isComplete: false,
  };
}

// Keys of another verifier are other keys.
function copiesIn(
  spec: OCIRepository["spec"],
  verification: ChartVerification | undefined,
): Readonly<Record<Purpose, string | undefined>> {
  const { secretRef, certSecretRef, verify, proxySecretRef } = spec ?? {};
  return {
    pull: secretRef?.name,
    ca: certSecretRef?.name,
    verify: verify?.provider === verification?.provider ? verify?.secretRef?.name : undefined,
    proxy: proxySecretRef?.name,
  };
}

function pullSecretOf(
  { pullSecret }: Pick<Chart, "pullSecret">,
  version: string,
  { chart }: Settings,
): Reference | undefined {
  const field = pullSecret === chart.pullSecret ? "spec.imagePullSecret" : `spec.versions[${version}].chartPullSecret`;
  return pullSecret === undefined ? undefined : loginsAt(pullSecret, field);
}

function trustNeeds({ caBundle, verify, proxySecret }: Trust): Pick<Needs, "ca" | "verify" | "proxy" | "verification"> {
  return {
    ca: caBundle && { ...caBundle, field: "spec.caBundleRef", use: certificates(caBundle.key) },
    verify:
      verify?.secretName === undefined
        ? undefined
        : { ...secretAt(verify.secretName, "spec.verify.secretRef"), use: verificationKeys[verify.provider] },
    proxy:
      proxySecret === undefined ? undefined : { ...secretAt(proxySecret, "spec.proxySecretRef"), use: proxyAddress },
    verification: verify,
  };
}

function loginsAt(name: string, field: string): Reference {
  return { ...secretAt(name, field), use: registryLogins };
}

function imagePullSecretAt(name: string): Reference {
  return loginsAt(name, "manager.imagePullSecrets in the values");
}

function secretAt(name: string, field: string): Omit<Reference, "use"> {
  return { kind: "Secret", name, field };
}

/** Builds the Secrets for the pull of the chart. Throws a SettingError for an object that cannot be used. */
export function desiredChartSecrets(needs: Needs, operator: OperatorObjects, names: Names): ChartSecrets {
  const copyOf = (purpose: Purpose): Secret | undefined => {
    const reference = needs[purpose];
    return reference && { ...headOf(purpose, reference, names), ...contentFor(purpose, reference, operator) };
  };
  const [pull, ca, keys, proxy] = [copyOf("pull"), copyOf("ca"), copyOf("verify"), copyOf("proxy")];
  const { verification } = needs;
  return {
    copies: [pull, ca, keys, proxy].filter((copy) => copy !== undefined),
    location: {
      ...(pull !== undefined && { secretName: pull.metadata.name }),
      ...(ca !== undefined && { certSecretName: ca.metadata.name }),
      ...(verification !== undefined && {
        verify: { ...verification, ...(keys !== undefined && { secretName: keys.metadata.name }) },
      }),
      ...(proxy !== undefined && { proxySecretName: proxy.metadata.name }),
    },
  };
}

function headOf(purpose: Purpose, { name }: Reference, { namespace, labels }: Names): Secret {
  return { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: copyName(purpose, name), labels } };
}

const PULL_SECRET_REASONS = {
  ReferenceNotFound: "PullSecretNotFound",
  ReferenceInvalid: "PullSecretInvalid",
  ReferenceUnreadable: "ReferenceUnreadable",
} as const;

function contentFor(purpose: Purpose, reference: Reference, operator: OperatorObjects): Pick<Secret, "type" | "data"> {
  const content = contentOf(reference, operator);
  if ("reason" in content) {
    const { reason, message } = content;
    throw new SettingError(purpose === "pull" ? PULL_SECRET_REASONS[reason] : reason, message);
  }
  return content;
}

const TRUST_POLICY = "trustpolicy.json";

/** The keys with which Flux verifies the signature of a chart. */
export const verificationKeys: Readonly<Record<"cosign" | "notation", Use>> = {
  cosign: {
    type: "Opaque",
    reduce: (data) => {
      const keys = pick(data, /\.pub$/, (value) => pemBlocks(value, ["PUBLIC KEY", "RSA PUBLIC KEY"]));
      return Object.keys(keys).length === 0 ? undefined : keys;
    },
    found: "no public key",
    expected: "a key that ends in .pub, with a public key in PEM",
  },
  notation: {
    type: "Opaque",
    reduce: (data) => {
      const policy = only(TRUST_POLICY, recode(valueOf(data, TRUST_POLICY), onlyPolicies));
      return policy && { ...policy, ...pick(data, /\.(?:crt|pem)$/, (value) => pemBlocks(value, ["CERTIFICATE"])) };
    },
    found: "no trust policy",
    expected: `a key ${TRUST_POLICY}, with trustPolicies in JSON`,
  },
};

function onlyPolicies(text: string): string | undefined {
  const parsed = parseJson(text);
  return isRecord(parsed) && Array.isArray(parsed["trustPolicies"])
    ? JSON.stringify({ version: parsed["version"], trustPolicies: parsed["trustPolicies"] })
    : undefined;
}

// A URL as Go reads it: a login has only characters that need no escape, `@` among them.
const PROXY_URL =
  /^(?:https?|socks5h?):\/\/(?:(?:[\w\-.~!$&'()*+,;=:@]|%[\da-f]{2})*@)?(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?\/?$/i;

/** The address of a proxy and the login there. */
export const proxyAddress: Use = {
  type: "Opaque",
  reduce: (data) => {
    const address = only("address", recode(valueOf(data, "address"), onlyURL));
    return address && { ...address, ...pick(data, /^(?:username|password)$/, (value) => value) };
  },
  found: "no valid address",
  expected:
    "a key address, with a URL such as http://proxy.example:3128; user and password belong under keys of their own",
};

// Flux quotes in full an address that Go cannot parse.
function onlyURL(text: string): string | undefined {
  const address = text.trim();
  return PROXY_URL.test(address) ? address : undefined;
}
