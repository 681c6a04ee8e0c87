import { type HelmRelease, helmReleases } from "../flux/helm-release.ts";
import { type OCIRepository, ociRepositories } from "../flux/oci-repository.ts";
import { installedVersion, readRelease, readSource, type Readiness } from "../flux/readiness.ts";
import { type Deployment, deployments, namespaces, type Pod, pods, secrets } from "../kube/core.ts";
import type { KubeObject } from "../kube/object.ts";
import { isObjectOf, type Resource } from "../kube/resource.ts";
import { MANAGED_BY_LABEL, type TenantTarget } from "../openmcp/platform/tenant-access.ts";
import type { InspectedKind, Inspection, Judgement } from "../openmcp/service/inspection.ts";
import { findCondition } from "../runtime/conditions.ts";
import { ANNOTATIONS } from "./annotations.ts";
import { INSTALLATION_MARK } from "./api/group.ts";
import { isNameOfCopy } from "./chart-secrets.desired.ts";
import { LOOKUP_NAME, RELEASE_NAMESPACE, TOOLKIT_NAME } from "./names.ts";

/** What an installation of the toolkit is looked at by. */
export const inspection: Inspection = {
  platform: [
    {
      resource: secrets,
      isBare: true,
      isReserved: isNameOfCopy,
      judge: () => ({ state: "ready", message: "copy of a Secret of the operator, for the pull of the chart" }),
    },
    kind(ociRepositories, judgeSource, { needed: [TOOLKIT_NAME] }),
    kind(helmReleases, judgeRelease, { needed: [TOOLKIT_NAME] }),
  ],
  target: [
    kind(namespaces, () => ({ state: "ready", message: "" }), {
      fieldSelector: `metadata.name=${RELEASE_NAMESPACE}`,
      isBare: true,
    }),
    kind(secrets, judgeSecret, { namespace: RELEASE_NAMESPACE, isBare: true }),
    kind(deployments, judgeDeployment, { namespace: RELEASE_NAMESPACE }),
    kind(pods, judgePod, { namespace: RELEASE_NAMESPACE }),
  ],
  targetOf,
  finalizers: {
    "finalizers.fluxcd.io":
      "Flux removes it: of a HelmRelease once the release is uninstalled, of an OCIRepository at once",
  },
};

type Judge<T> = (object: T, platform: readonly KubeObject[]) => Judgement | undefined;

// The objects are those of the resource: whoever inspects reads them from there.
function kind<T extends KubeObject>(
  resource: Resource<T>,
  judge: Judge<T>,
  rest: Omit<InspectedKind, "resource" | "judge">,
): InspectedKind {
  return {
    ...rest,
    resource,
    judge: (object, platform) => (isObjectOf(resource, object) ? judge(object, platform) : undefined),
  };
}

function targetOf(platform: readonly KubeObject[]): TenantTarget {
  const marks = platform.map(({ metadata }) => metadata.annotations?.[ANNOTATIONS.installedOn]);
  return marks.includes("workload") ? "workload" : "mcp";
}

function judgeSource(source: OCIRepository): Judgement | undefined {
  const { name } = source.metadata;
  if (name !== TOOLKIT_NAME && name !== LOOKUP_NAME) {
    return undefined;
  }
  const { url = "", ref = {} } = source.spec ?? {};
  return {
    ...fromReadiness(readSource(source), source),
    version: Object.values(ref).join(" "),
    details: {
      ...(name === LOOKUP_NAME && { purpose: "looks for another tag than the one that the tenant asks for" }),
      url,
      artifact: source.status?.artifact?.revision ?? "none",
    },
  };
}

function judgeRelease(release: HelmRelease, platform: readonly KubeObject[]): Judgement | undefined {
  if (release.metadata.name !== TOOLKIT_NAME) {
    return undefined;
  }
  const source = platform.find((object): object is OCIRepository => {
    return isObjectOf(ociRepositories, object) && object.metadata.name === TOOLKIT_NAME;
  });
  const version = installedVersion(release);
  const attempted = release.status?.lastAttemptedRevision?.replace(/\+[0-9a-f]{12}$/, "");
  return {
    ...fromReadiness(readRelease(release, source), release),
    ...(version !== undefined && { version }),
    ...(attempted !== undefined && attempted !== version && { details: { "attempted last": attempted } }),
  };
}

function fromReadiness(
  readiness: Readiness,
  { status }: OCIRepository | HelmRelease,
): Pick<Judgement, "state" | "message" | "since"> {
  const ready = findCondition(status?.conditions, "Ready");
  const since = ready === undefined ? {} : { since: ready.lastTransitionTime };
  switch (readiness.state) {
    case "ready":
      return { state: "ready", message: "", ...since };
    case "failing":
    case "stalled":
      return { state: "failed", message: `${readiness.reason}: ${readiness.message}`, ...since };
    case "progressing":
      return { state: "waiting", message: readiness.message, ...since };
    case "suspended":
      return {
        state: "waiting",
        message: "suspended: Flux does nothing until somebody removes spec.suspend",
        ...since,
      };
    case "absent":
    case "terminating":
      return { state: "waiting", message: "", ...since };
  }
}

/** Helm's records, of which only the present one matters, and copies of the operator's Secrets. */
function judgeSecret({ metadata: { labels = {} } }: KubeObject): Judgement | undefined {
  if (labels[MANAGED_BY_LABEL] === INSTALLATION_MARK) {
    return { state: "ready", message: "copy of a Secret of the operator, for the toolkit's pods" };
  }
  const { owner, status = "", version = "" } = labels;
  if (owner !== "helm" || status === "superseded") {
    return undefined;
  }
  const state = status === "deployed" ? "ready" : status === "failed" ? "failed" : "waiting";
  return { state, message: `Helm's record: revision ${version}, ${status}` };
}

function judgeDeployment(deployment: Deployment): Judgement {
  const { availableReplicas: available = 0, conditions = [] } = deployment.status ?? {};
  const wanted = deployment.spec?.replicas ?? 1;
  const failure = conditions.find(({ type, status }) => FAILURES[type] === status);
  const count = `${available} of ${wanted} replicas available`;
  const details = { image: imagesOf(deployment).join(", ") };
  return failure === undefined
    ? { state: available >= wanted ? "ready" : "waiting", message: count, details }
    : { state: "failed", message: `${count}: ${failure.message ?? failure.reason ?? ""}`, details };
}

function imagesOf({ spec }: Deployment): readonly string[] {
  return spec?.template.spec?.containers.map(({ image = "" }) => image) ?? [];
}

const FAILURES: Readonly<Record<string, string>> = { ReplicaFailure: "True", Progressing: "False" };

/** Only pods that do not run say more than their Deployment. */
function judgePod({ status = {} }: Pod): Judgement | undefined {
  const { conditions = [], containerStatuses = [] } = status;
  const unscheduled = conditions.filter(({ type, status: value }) => type === "PodScheduled" && value === "False");
  const stuck = containerStatuses.filter(({ ready }) => !ready);
  const reasons = [...unscheduled.map(({ message = "" }) => message), ...stuck.map(describeContainer)];
  return reasons.length === 0 ? undefined : { state: "waiting", message: reasons.join("; ") };
}

type ContainerStatus = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

function describeContainer({ name, state, restartCount }: ContainerStatus): string {
  const { reason, message } = { reason: "", message: "", ...(state?.waiting ?? state?.terminated) };
  const why = [reason, message].filter((text) => text !== "").join(": ");
  return `${name}: ${why === "" ? "not ready" : why}, ${restartCount} restarts`;
}
