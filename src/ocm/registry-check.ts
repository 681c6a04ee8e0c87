import { rootCertificates } from "node:tls";

import { findAnyTag, findManifests, RegistryError, type RegistryAccess } from "../flux/registry.ts";
import { loginFor } from "../flux/registry-login.ts";
import { fixedCredentials } from "../kube/credentials.ts";
import { createTransport } from "../kube/http-transport.ts";
import type { Secret } from "../kube/core.ts";
import type { OperatorObjects, SettingsInForce } from "../openmcp/service/definition.ts";
import type { CheckDeps, ProviderCheck } from "../openmcp/service/definition.ts";
import type { NamelessFinding } from "../openmcp/service/finding.ts";
import {
  CA_KEY,
  contentOf,
  DOCKER_CONFIG_KEY,
  type Fault,
  type Reference,
} from "../openmcp/service/operator-objects.ts";
import { needsOf } from "./chart-secrets.desired.ts";
import { catalogueOf } from "./catalogue.ts";
import type { Chart, Offer, Settings } from "./settings.ts";

/** So many versions of one chart are looked for. */
const MOST_VERSIONS = 20;

/** A chart repository with one login, and the versions of it that are on offer. */
type Pull = {
  readonly chart: Omit<Chart, "version">;
  /** The version for which the needs are read; empty when every version is on offer. */
  readonly version: string;
  readonly references: readonly string[];
};

/** Asks the registries of the charts for the versions on offer, with the very credentials that Flux is given. */
export const registryCheck: ProviderCheck<Settings> = {
  name: "registry",
  look: async (deps) => {
    const { inForce } = deps;
    if (inForce === undefined) {
      return [];
    }
    const findings = await Promise.all(pullsOf(inForce).map((pull) => lookAtPull(pull, inForce, deps)));
    return findings.flat();
  },
};

/** Groups what is on offer by repository and login. Pure. */
export function pullsOf(inForce: Pick<SettingsInForce<Settings>, "settings">): readonly Pull[] {
  const { chart } = inForce.settings;
  const offers = catalogueOf(inForce);
  if (offers === undefined) {
    return [{ chart, version: "", references: [] }];
  }
  const groups = Map.groupBy(offers, ({ chart: { url, pullSecret = "" } }) => `${url} ${pullSecret}`);
  return Array.from(groups.values(), (group) => toPull(group)).filter((pull) => pull !== undefined);
}

function toPull(offers: readonly Offer[]): Pull | undefined {
  const [first] = offers;
  const references = offers.map(({ chart }) =>
    "digest" in chart.version.ref ? chart.version.ref.digest : chart.version.ref.tag,
  );
  return first && { chart: first.chart, version: first.version, references };
}

async function lookAtPull(
  { chart, version, references }: Pull,
  { settings, operator }: SettingsInForce<Settings>,
  deps: CheckDeps<Settings>,
): Promise<readonly NamelessFinding[]> {
  const repository = chart.url.replace(/^oci:\/\//, "");
  const needs = needsOf({ ...chart, version: { text: version, ref: { tag: version } } }, version, settings);
  const read = readNeeds([needs.pull, needs.ca, needs.proxy], operator);
  if ("reason" in read) {
    return [{ level: "failed", found: read.message, advice: "correct the object, or the field that names it" }];
  }
  const [pull, ca, proxy] = read;
  const access = accessTo(repository, { pull, ca, proxy }, deps);
  const login = loginInWords(needs.pull, access);
  try {
    const [host = "", ...path] = repository.split("/");
    const at = { host, repository: path.join("/") };
    const wanted = references.slice(0, MOST_VERSIONS);
    const answers = wanted.length === 0 ? [await findAnyTag(at, access)] : await findManifests(at, wanted, access);
    return judgePull({ repository, login, wanted, answers });
  } catch (error) {
    if (error instanceof RegistryError) {
      return [judgeRegistryError(error, { repository, login })];
    }
    throw error;
  }
}

function loginInWords(secret: Reference | undefined, { login }: RegistryAccess): string {
  if (secret === undefined) {
    return "without a login";
  }
  return login === undefined
    ? `without a login, as Secret "${secret.name}" has none for it`
    : `with the login of Secret "${secret.name}"`;
}

type Contents = readonly (Pick<Secret, "data"> | undefined)[];

function readNeeds(references: readonly (Reference | undefined)[], operator: OperatorObjects): Contents | Fault {
  const contents = references.map((reference) => reference && contentOf(reference, operator));
  const fault = contents.find((content) => content !== undefined && "reason" in content);
  return fault !== undefined && "reason" in fault
    ? fault
    : contents.map((content) => (content === undefined || "reason" in content ? undefined : content));
}

type Keys = Readonly<Record<"pull" | "ca" | "proxy", Pick<Secret, "data"> | undefined>>;

function accessTo(repository: string, { pull, ca, proxy }: Keys, deps: CheckDeps<Settings>): RegistryAccess {
  const { env, userAgent, signal } = deps;
  const config = textOf(pull, DOCKER_CONFIG_KEY);
  const authorities = textOf(ca, CA_KEY);
  const proxyURL = proxyOf(proxy);
  return {
    login: config === undefined ? undefined : loginFor(repository, config),
    userAgent,
    signal,
    connect: (server) =>
      createTransport(
        {
          server,
          insecureSkipTlsVerify: false,
          credentials: fixedCredentials({ headers: {} }),
          ...(authorities !== undefined && { ca: [authorities, ...rootCertificates].join("\n") }),
          ...(proxyURL !== undefined && { proxyURL }),
        },
        { env },
      ),
  };
}

function proxyOf(secret: Pick<Secret, "data"> | undefined): string | undefined {
  const address = textOf(secret, "address");
  if (address === undefined) {
    return undefined;
  }
  const url = new URL(address);
  url.username ||= encodeURIComponent(textOf(secret, "username") ?? "");
  url.password ||= encodeURIComponent(textOf(secret, "password") ?? "");
  return url.href.replace(/^socks5h:/, "socks5:").replace(/\/$/, "");
}

function textOf(secret: Pick<Secret, "data"> | undefined, key: string): string | undefined {
  const encoded = secret?.data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}

type PullSight = {
  readonly repository: string;
  readonly login: string;
  /** Tags and digests that were looked for; none when every version is on offer. */
  readonly wanted: readonly string[];
  readonly answers: readonly (string | RegistryError | undefined)[];
};

/** Says which of the versions on offer can be pulled. Pure. */
export function judgePull({ repository, login, wanted, answers }: PullSight): readonly NamelessFinding[] {
  const errors = answers.filter((answer) => answer instanceof RegistryError);
  const [first] = errors;
  const what = wanted.length === 0 ? "tags" : `${wanted.length} of its versions`;
  if (first === undefined) {
    return [{ level: "ok", found: `${repository} answers for ${what}, ${login}` }];
  }
  const missing = wanted.filter((_reference, index) => answers[index] instanceof RegistryError);
  const { expected, advice } = adviceOf(first);
  return [
    {
      level: "failed",
      found: `${repository} does not give ${missing.join(", ")} ${login}: ${first.message}`,
      expected,
      advice,
    },
  ];
}

/** Says why a registry gives nothing at all. Pure. */
export function judgeRegistryError(
  error: RegistryError,
  { repository, login }: Pick<PullSight, "repository" | "login">,
): NamelessFinding {
  return { level: "failed", found: `${repository} ${login}: ${error.message}`, ...adviceOf(error) };
}

function adviceOf({ why }: RegistryError): { readonly expected: string; readonly advice: string } {
  switch (why) {
    case "unreachable":
      return {
        expected: "a registry that answers from here; Flux may have another network, proxy or authority",
        advice: "see the address, the network, spec.proxySecretRef and spec.caBundleRef of the ProviderConfig",
      };
    case "refused":
      return {
        expected: "a login that may pull",
        advice: "renew the login in the Secret: kubectl create secret docker-registry --dry-run=client -o yaml",
      };
    case "missing":
      return {
        expected: "each version on offer",
        advice: "push the chart, or correct spec.versions of the ProviderConfig",
      };
    case "unexpected":
      return { expected: "an OCI registry", advice: "see spec.chartURL of the ProviderConfig" };
  }
}
