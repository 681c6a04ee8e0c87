import { refOf } from "../client.ts";
import { bringUp, type HelmTarget } from "./bring-up.ts";
import { deleteObjects } from "./chart-objects.ts";
import { valuesFindings } from "./chart.ts";
import { postRender } from "./post-render.ts";
import type { ReleasePlan } from "./release-plan.ts";
import { digestOf, isPending, type ReleaseRecord, type ReleaseStatus } from "./release-record.ts";
import { ReleaseStorage } from "./release-storage.ts";
import { playWorkloads } from "./workloads.ts";
import type { Obj } from "../object.ts";
import { errorText } from "../stand-in/error-text.ts";
import { kubeTime } from "../stand-in/kube-time.ts";

/** How an action ended: the new version of the release, those it replaced, and why it failed. */
export type ActionResult = {
  /** Absent when the action failed before anything was stored. */
  readonly record?: ReleaseRecord;
  readonly replaced: readonly ReleaseRecord[];
  readonly failure?: string;
};

const MAX_HISTORY = 5;

/** Plays the Helm actions for one release on its target cluster. */
export class HelmActions {
  readonly storage: ReleaseStorage;
  readonly #target: HelmTarget;
  readonly #plan: ReleasePlan;

  constructor(target: HelmTarget, plan: ReleasePlan) {
    this.#target = target;
    this.#plan = plan;
    this.storage = new ReleaseStorage(target.client, plan);
  }

  /** Installs the first version of the release, or the first after its end. */
  async install(): Promise<ActionResult> {
    const failure = await this.#refuse();
    if (failure !== undefined) {
      return { replaced: [], failure };
    }
    if (this.#plan.createNamespace) {
      await this.#createNamespace();
    }
    const record = pendingRecord(this.#plan, { version: 1, status: "pending-install", now: this.#target.clock.now() });
    return this.#roll(record, [], this.#target.timings.installMs);
  }

  /** Brings the release to the wanted chart and values. */
  async upgrade(): Promise<ActionResult> {
    const failure = await this.#refuse();
    if (failure !== undefined) {
      return { replaced: [], failure };
    }
    const records = await this.storage.list();
    const record = pendingRecord(this.#plan, {
      version: (records[0]?.version ?? 0) + 1,
      status: "pending-upgrade",
      firstDeployed: records[0]?.firstDeployed,
      now: this.#target.clock.now(),
    });
    return this.#roll(record, records, this.#target.timings.upgradeMs);
  }

  /** Returns to an earlier version, as a new one. */
  async rollback(version: number): Promise<ActionResult> {
    const records = await this.storage.list();
    const goal = records.find((record) => record.version === version);
    if (goal === undefined) {
      return { replaced: [], failure: "release: not found" };
    }
    const record: ReleaseRecord = {
      ...goal,
      version: (records[0]?.version ?? 0) + 1,
      status: "pending-rollback",
      lastDeployed: kubeTime(this.#target.clock.now()),
    };
    return this.#roll(record, records, this.#target.timings.rollbackMs);
  }

  /** Removes the release, except for what is to be kept. */
  async uninstall(durationMs: number): Promise<ActionResult> {
    const [last] = await this.storage.list();
    if (last === undefined) {
      return { replaced: [], failure: "release: not found" };
    }
    const deleted = kubeTime(this.#target.clock.now());
    const record: ReleaseRecord = { ...last, status: "uninstalling", deleted };
    await this.storage.write(record);
    await deleteObjects(this.#target.client, last.objects);
    await this.#target.clock.sleep(durationMs);
    await this.storage.clear();
    return { record, replaced: [] };
  }

  /** Calls a version whose action never ended a failed one; `undefined` when there is none. */
  async unlock(): Promise<ReleaseRecord | undefined> {
    const [last] = await this.storage.list();
    if (last === undefined || !isPending(last)) {
      return undefined;
    }
    const record: ReleaseRecord = { ...last, status: "failed" };
    await this.storage.write(record);
    return record;
  }

  async #refuse(): Promise<string | undefined> {
    const { chart, values } = this.#plan;
    await this.#target.clock.sleep(this.#target.timings.renderMs);
    const findings = valuesFindings(chart, values);
    const heading = "values don't meet the specifications of the schema(s) in the following chart(s):";
    return findings.length === 0 ? undefined : [heading, `${chart.name}:`, ...findings].join("\n");
  }

  async #roll(pending: ReleaseRecord, earlier: readonly ReleaseRecord[], durationMs: number): Promise<ActionResult> {
    const refusal = await this.#begin(pending);
    if (refusal !== undefined) {
      return { replaced: [], failure: refusal };
    }
    const stored = new Map([[pending.version, pending]]);
    const store = async (record: ReleaseRecord): Promise<void> => {
      await this.storage.write(record);
      stored.set(record.version, record);
    };
    let failure: string | undefined;
    try {
      failure = await this.#settle(pending, earlier, { durationMs, store });
    } catch (error) {
      failure = errorText(error);
    }
    // What was stored is known, also when the cluster was lost half-way.
    const record = stored.get(pending.version) ?? pending;
    const replaced = [...stored.values()].filter(({ version }) => version !== pending.version);
    return { record, replaced, ...(failure !== undefined && { failure }) };
  }

  async #settle(
    pending: ReleaseRecord,
    earlier: readonly ReleaseRecord[],
    { durationMs, store }: { readonly durationMs: number; readonly store: (record: ReleaseRecord) => Promise<void> },
  ): Promise<string | undefined> {
    const { client, clock } = this.#target;
    const objects = { wanted: pending.objects, before: earlier[0]?.objects ?? [] };
    const failure = await bringUp(this.#target, objects, { durationMs, timeoutMs: this.#plan.timeoutMs });
    if (failure !== undefined) {
      await store({ ...pending, status: "failed" });
      return failure;
    }
    await playWorkloads(client, clock, pending.objects);
    for (const record of earlier.filter(({ status }) => status === "deployed")) {
      await store({ ...record, status: "superseded" });
    }
    await store({ ...pending, status: "deployed" });
    await this.#forget(earlier);
    return undefined;
  }

  // Values that are too large for a Secret are found out only here.
  async #begin(pending: ReleaseRecord): Promise<string | undefined> {
    try {
      await this.storage.write(pending);
      return undefined;
    } catch (error) {
      return `create: failed to create: ${errorText(error)}`;
    }
  }

  async #forget(earlier: readonly ReleaseRecord[]): Promise<void> {
    for (const record of earlier.slice(MAX_HISTORY - 1)) {
      await this.storage.remove(record);
    }
  }

  async #createNamespace(): Promise<void> {
    const { client } = this.#target;
    const namespace: Obj = { apiVersion: "v1", kind: "Namespace", metadata: { name: this.#plan.namespace } };
    if ((await client.find(refOf(namespace))) === undefined) {
      await client.create(namespace);
    }
  }
}

/** Makes the record of a version that is about to be brought up at `now` (ms). */
function pendingRecord(
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
