import type { Obj } from "../object.ts";
import { kubeTime } from "../stand-in/kube-time.ts";
import type { ReleasePlan } from "./release-plan.ts";
import { postRender } from "./post-render.ts";
import { digestOf, type ReleaseRecord, type ReleaseStatus } from "./release-record.ts";

/** Makes the record of a version that is about to be brought up at `now` (ms). */
export function pendingRecord(
  plan: ReleasePlan,
  as: {
    readonly version: number;
    readonly status: ReleaseStatus & `pending-${string}`;
    readonly firstDeployed?: string | undefined;
    readonly now: number;
  },
): ReleaseRecord {
  const { name, namespace, chart, chartVersion, values, postRenderers, labels } = plan;
  const now = kubeTime(as.now);
  const release = { "meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace };
  return {
    name,
    namespace,
    version: as.version,
    status: as.status,
    chart: { name: chart.name, version: chartVersion, appVersion: chart.appVersion },
    config: values,
    ...(postRenderers.length > 0 && { postRenderers: digestOf(postRenderers) }),
    objects: postRender(chart.render({ name, namespace }, values), postRenderers).map((object) =>
      mark(object, { labels, release }),
    ),
    firstDeployed: as.firstDeployed ?? now,
    lastDeployed: now,
  };
}

type Marks = Readonly<Record<"labels" | "release", Readonly<Record<string, string>>>>;

function mark(object: Obj, { labels, release }: Marks): Obj {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...labels, "app.kubernetes.io/managed-by": "Helm" },
      annotations: { ...metadata.annotations, ...release },
    },
  };
}
