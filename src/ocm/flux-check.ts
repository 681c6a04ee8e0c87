import {
  type ControllerArguments,
  isNeglected,
  lastSignOfLife,
  readArguments,
  type Reconciled,
} from "../flux/controllers.ts";
import { helmReleases } from "../flux/helm-release.ts";
import { ociRepositories } from "../flux/oci-repository.ts";
import { deployments } from "../kube/core.ts";
import { ForbiddenError } from "../kube/errors.ts";
import type { Resource } from "../kube/resource.ts";
import type { CheckDeps, ProviderCheck } from "../openmcp/service/definition.ts";
import type { NamelessFinding } from "../openmcp/service/finding.ts";
import type { Settings } from "./settings.ts";

type Controller = { readonly name: string; readonly resource: Resource };

const CONTROLLERS: readonly Controller[] = [
  { name: "source-controller", resource: ociRepositories },
  { name: "helm-controller", resource: helmReleases },
];

/** Looks whether Flux's controllers are there, serve tenant namespaces, and work on the objects of the provider. */
export const fluxCheck: ProviderCheck<Settings> = {
  name: "flux",
  look: async (deps) => {
    const findings = await Promise.all(CONTROLLERS.map((controller) => lookAtController(controller, deps)));
    return findings.flat();
  },
};

async function lookAtController(
  { name, resource }: Controller,
  deps: CheckDeps<Settings>,
): Promise<readonly NamelessFinding[]> {
  const { platform, clock, signal } = deps;
  const served = await platform.resourcesOf(resource, signal);
  if (!served.some(({ plural }) => plural === resource.plural)) {
    const { group, version, plural } = resource;
    return [
      {
        level: "failed",
        found: `the platform cluster does not serve ${plural}.${group} in version ${version}`,
        expected: "Flux 2.6 or later",
        advice: "install Flux on the platform cluster: flux install, or the platform's own way",
      },
    ];
  }
  const [found, sample] = await Promise.all([findDeployments(name, deps), readSample(resource, deps)]);
  return [
    ...judgeDeployments(name, found),
    ...judgeSample({ name, kind: resource.kind, ...sample, nowMs: clock.now() }),
  ];
}

type Found = readonly (ControllerArguments & { readonly namespace: string; readonly isAvailable: boolean })[];

async function findDeployments(name: string, { platform, signal }: CheckDeps<Settings>): Promise<Found | "unreadable"> {
  try {
    const { items } = await platform.list(deployments, { fieldSelector: `metadata.name=${name}`, signal });
    return items.map((deployment) => ({
      ...readArguments(deployment),
      namespace: deployment.metadata.namespace ?? "",
      isAvailable: (deployment.status?.availableReplicas ?? 0) > 0,
    }));
  } catch (error) {
    if (error instanceof ForbiddenError) {
      return "unreadable";
    }
    throw error;
  }
}

type Sample = { readonly objects: readonly Reconciled[]; readonly isAll: boolean };

/** Reads the first page: Flux treats all objects alike. */
async function readSample(
  resource: Resource<Reconciled>,
  { platform, labelSelector, signal }: CheckDeps<Settings>,
): Promise<Sample> {
  const objects: Reconciled[] = [];
  for await (const page of platform.pages(resource, { labelSelector, signal })) {
    if (objects.length > 0) {
      return { objects, isAll: false };
    }
    objects.push(...page.items);
  }
  return { objects, isAll: true };
}

/** Says whether a controller is there, and serves tenant namespaces. Pure. */
export function judgeDeployments(name: string, found: Found | "unreadable"): readonly NamelessFinding[] {
  if (found === "unreadable") {
    const advice = "run doctor with an account that may list Deployments";
    return [{ level: "unknown", found: `this account may not look for the Deployment of ${name}`, advice }];
  }
  const [first] = found;
  if (first === undefined) {
    return [
      {
        level: "unknown",
        found: `no Deployment has the name "${name}": what Flux does is known from its objects only`,
        advice: "flux check, or see how this platform runs Flux",
      },
    ];
  }
  const { namespace, isAvailable, image, gates } = first;
  if (!isAvailable) {
    const advice = `kubectl -n ${namespace} describe deployment ${name}`;
    return [{ level: "failed", found: `${name} in namespace "${namespace}" is not available`, advice }];
  }
  const version = /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1] ?? "an unknown version";
  const withGates = gates.length === 0 ? "" : `, with ${gates.join(", ")}`;
  return [{ level: "ok", found: `${name} ${version} is available${withGates}` }, ...judgeArguments(name, first)];
}

function judgeArguments(
  name: string,
  { gates, watchesAllNamespaces, labelSelector }: ControllerArguments,
): readonly NamelessFinding[] {
  const findings: NamelessFinding[] = [];
  if (!watchesAllNamespaces) {
    findings.push({
      level: "failed",
      found: `${name} has --watch-all-namespaces=false`,
      expected: "a controller that serves the tenant namespaces",
      advice: "remove the argument",
    });
  }
  if (labelSelector !== "") {
    findings.push({
      level: "failed",
      found: `${name} has --watch-label-selector=${labelSelector}`,
      expected: "a controller that serves objects without that label",
      advice: "remove the argument, or shard Flux in another way",
    });
  }
  if (gates.includes("DisableChartDigestTracking")) {
    findings.push({
      level: "warning",
      found: `${name} has the feature gate DisableChartDigestTracking: a tag that moves changes no installation`,
      advice: 'see "Flux without digest tracking" in docs/operations.md',
    });
  }
  return findings;
}

/** Says whether Flux works on the objects of the provider. Pure. */
export function judgeSample(
  sight: Sample & { readonly name: string; readonly kind: string; readonly nowMs: number },
): readonly NamelessFinding[] {
  const { name, kind, objects, isAll, nowMs } = sight;
  if (objects.length === 0) {
    return [];
  }
  const neglected = objects.filter((object) => isNeglected(object, nowMs));
  const [first] = neglected;
  const of = `${objects.length} ${kind} objects${isAll ? "" : " that were looked at"}`;
  if (first !== undefined) {
    const { namespace = "", name: object } = first.metadata;
    return [
      {
        level: "failed",
        found: `${name} has not looked at the change of ${neglected.length} of ${of} for minutes, for example ${namespace}/${object}`,
        expected: "a status for the present generation within minutes",
        advice: `see the log of ${name}, and whether it leads`,
      },
    ];
  }
  const lastMs = lastSignOfLife(objects);
  const ago =
    lastMs === undefined
      ? ""
      : `, and wrote one of their statuses ${Math.max(0, Math.round((nowMs - lastMs) / 1000))} s ago`;
  return [{ level: "ok", found: `${name} knows each of ${of}${ago}` }];
}
