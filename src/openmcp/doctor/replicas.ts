import type { Deployment, Pod } from "../../kube/core.ts";
import type { Lease } from "../../kube/core.ts";
import type { NamelessFinding } from "../service/finding.ts";
import { ok } from "./check.ts";

const DEFAULT_DURATION_S = 15;

/** Where a Lease is looked for. */
type LeasePlace = {
  readonly name: string;
  readonly namespace: string;
  /** How many replicas there shall be; undefined where nobody knows. */
  readonly replicas: number | undefined;
  readonly nowMs: number;
};

/** Says whether somebody leads. Pure. */
export function judgeLease(lease: Lease | undefined, place: LeasePlace): NamelessFinding {
  const { name, namespace, nowMs } = place;
  if (lease === undefined) {
    return judgeNoLease(place);
  }
  const { holderIdentity = "", renewTime = "", leaseDurationSeconds = DEFAULT_DURATION_S } = lease.spec ?? {};
  if (holderIdentity === "") {
    const advice = `kubectl -n ${namespace} get pods; the log of run says why it does not lead`;
    return { level: "failed", found: `nobody holds the Lease "${name}"`, expected: "one leading replica", advice };
  }
  const agoS = Math.round((nowMs - Date.parse(renewTime)) / 1000);
  const holder = holderOf(lease);
  return isHeldAt(lease, nowMs)
    ? ok(`${holder} leads`)
    : {
        level: "failed",
        found: `${holder} holds the Lease "${name}", and has ${Number.isNaN(agoS) ? "never renewed it" : `not renewed it for ${agoS} s`}`,
        expected: `a renewal within ${leaseDurationSeconds} s`,
        advice: `kubectl -n ${namespace} logs ${holder}; restart it if it hangs`,
      };
}

/** The pod that holds a Lease, or has held it last; empty when the Lease was released. */
export function holderOf({ spec }: Lease): string {
  // The identity is the name of the Pod, and a number that no other process has.
  return (spec?.holderIdentity ?? "").replace(/_[^_]*$/, "");
}

/** Whether somebody holds a Lease, and has renewed it in time. */
export function isHeldAt({ spec }: Lease, nowMs: number): boolean {
  const { holderIdentity = "", renewTime = "", leaseDurationSeconds = DEFAULT_DURATION_S } = spec ?? {};
  return holderIdentity !== "" && Math.round((nowMs - Date.parse(renewTime)) / 1000) <= leaseDurationSeconds;
}

function judgeNoLease({ name, namespace, replicas }: LeasePlace): NamelessFinding {
  const found = `there is no Lease "${name}" in namespace "${namespace}": run has no --leader-elect, or has never led`;
  if (replicas !== undefined && replicas < 2) {
    return ok("one replica needs no Lease");
  }
  const expected = "a Lease where several replicas run";
  const advice = `kubectl -n ${namespace} get pods,deployments`;
  return { level: replicas === undefined ? "unknown" : "failed", found, expected, advice };
}

/** What is known of the processes of the provider. */
export type Replicas = {
  readonly name: string;
  readonly namespace: string;
  readonly deployment: Deployment | undefined;
  readonly pods: readonly Pod[];
  /** Version of this program. */
  readonly version: string;
};

/** Says whether all replicas run, and run one version. Pure. */
export function judgeReplicas({ name, namespace, deployment, pods, version }: Replicas): readonly NamelessFinding[] {
  if (deployment === undefined) {
    const found = `there is no Deployment "${name}" in namespace "${namespace}": how the provider is run is not known`;
    return [{ level: "unknown", found, advice: "set POD_NAMESPACE to the namespace of the provider" }];
  }
  const { replicas: wanted = 1 } = deployment.spec ?? {};
  const { readyReplicas: ready = 0 } = deployment.status ?? {};
  const restarting = pods.flatMap(troubleOf);
  return [
    ready === wanted && wanted > 0
      ? ok(`${ready} of ${wanted} replicas of Deployment "${name}" are ready`)
      : {
          level: ready === 0 ? "failed" : "warning",
          found: [`${ready} of ${wanted} replicas of Deployment "${name}" are ready`, ...restarting].join("; "),
          expected: "all of them",
          advice: `kubectl -n ${namespace} describe deployment ${name}`,
        },
    ...judgeImages(imagesOf(deployment, pods), version),
  ];
}

function imagesOf({ spec: wanted }: Deployment, pods: readonly Pod[]): readonly string[] {
  // A service mesh, for example, adds containers of its own to the pods.
  const own = wanted?.template.spec?.containers[0]?.name;
  const containers = pods.flatMap(({ spec }) => spec?.containers.filter(({ name }) => name === own) ?? []);
  return [...new Set(containers.map(({ image = "" }) => image))];
}

function troubleOf({ metadata: { name }, status }: Pod): readonly string[] {
  return (status?.containerStatuses ?? []).flatMap(({ state, restartCount }) => {
    const { waiting } = state ?? {};
    return waiting === undefined ? [] : [`${name}: ${waiting.reason ?? "waiting"} after ${restartCount} restarts`];
  });
}

function judgeImages(images: readonly string[], version: string): readonly NamelessFinding[] {
  if (images.length > 1) {
    const found = `replicas run different images: ${images.join(", ")}`;
    return [{ level: "warning", found, expected: "one image, but while a rollout is under way" }];
  }
  const [, tag] = /:v?([^:/@]+)(?:@.*)?$/.exec(images.join("")) ?? [];
  const [release = ""] = version.split("+");
  return tag === undefined || tag === release || !/^\d+\.\d+\.\d+/.test(tag)
    ? []
    : [
        {
          level: "warning",
          found: `the replicas run the image of version ${tag}, and this program is version ${release}`,
          expected: "doctor of the version that runs: its CRDs and rights are those of its own version",
          advice: "run doctor in the provider's pod",
        },
      ];
}

/** Says what the probe of a process has answered. Pure. */
export function judgeReadiness({ status, body }: { readonly status: number; readonly body: string }): NamelessFinding {
  const failing = body.split("\n").filter((line) => line.startsWith("[-]"));
  return status === 200
    ? ok("run in this pod is ready, and serves all keys")
    : {
        level: "failed",
        found: `run in this pod is not ready: ${failing.map((line) => line.slice(3).trim()).join("; ") || status}`,
        advice: "see its log",
      };
}
