import { refOf, type SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";
import { errorText } from "../stand-in/error-text.ts";
import { kubeTime } from "../stand-in/kube-time.ts";
import { applyObjects, deleteObjects } from "./chart-objects.ts";
import { type Chart, valuesFindings } from "./chart.ts";
import { postRender } from "./post-render.ts";
import { digestOf, type ReleaseRecord, type ReleaseStatus } from "./release-record.ts";
import { ReleaseStorage } from "./release-storage.ts";
import type { FluxTimings } from "./timings.ts";
import { playWorkloads } from "./workloads.ts";

/** What shall run where. */
export type ReleasePlan = {
  readonly name: string;
  readonly namespace: string;
  readonly chart: Chart;
  /** Version of the chart with the manifest's digest. */
  readonly chartVersion: string;
  readonly values: JsonObject;
  readonly postRenderers: readonly unknown[];
  readonly createNamespace: boolean;
  readonly timeoutMs: number;
  /** Labels on every object of the release. */
  readonly labels: Readonly<Record<string, string>>;
};

/** How an action ended: the new version of the release, those it replaced, and why it failed. */
export type ActionResult = {
  /** Absent when the action failed before anything was stored. */
  readonly record?: ReleaseRecord;
  readonly replaced: readonly ReleaseRecord[];
  readonly failure?: string;
};

/** Where and at which pace actions run. */
export type HelmTarget = { readonly client: SimClient; readonly clock: SimClock; readonly timings: FluxTimings };

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
    const record = this.#record({ version: 1, status: "pending-install" });
    return this.#roll(record, [], this.#target.timings.installMs);
  }

  /** Brings the release to the wanted chart and values. */
  async upgrade(): Promise<ActionResult> {
    const failure = await this.#refuse();
    if (failure !== undefined) {
      return { replaced: [], failure };
    }
    const records = await this.storage.list();
    const record = this.#record({
      version: (records[0]?.version ?? 0) + 1,
      status: "pending-upgrade",
      firstDeployed: records[0]?.firstDeployed,
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

  async #refuse(): Promise<string | undefined> {
    const { chart, values } = this.#plan;
    await this.#target.clock.sleep(this.#target.timings.renderMs);
    const findings = valuesFindings(chart, values);
    const heading = "values don't meet the specifications of the schema(s) in the following chart(s):";
    return findings.length === 0 ? undefined : [heading, `${chart.name}:`, ...findings].join("\n");
  }

  async #roll(pending: ReleaseRecord, earlier: readonly ReleaseRecord[], durationMs: number): Promise<ActionResult> {
    const { client, clock } = this.#target;
    const refusal = await this.#begin(pending);
    if (refusal !== undefined) {
      return { replaced: [], failure: refusal };
    }
    const deployed = earlier.filter(({ status }) => status === "deployed");
    const failure = await this.#bringUp(pending.objects, earlier[0]?.objects ?? [], durationMs);
    if (failure !== undefined) {
      const record: ReleaseRecord = { ...pending, status: "failed" };
      await this.storage.write(record);
      return { record, replaced: [], failure };
    }
    await playWorkloads(client, clock, pending.objects);
    const replaced = deployed.map((record): ReleaseRecord => ({ ...record, status: "superseded" }));
    const record: ReleaseRecord = { ...pending, status: "deployed" };
    for (const one of [...replaced, record]) {
      await this.storage.write(one);
    }
    await this.#forget(earlier);
    return { record, replaced };
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

  async #bringUp(wanted: readonly Obj[], before: readonly Obj[], durationMs: number): Promise<string | undefined> {
    const { client, clock } = this.#target;
    try {
      await applyObjects(client, wanted);
      const names = new Set(wanted.map((object) => JSON.stringify(refOf(object))));
      await deleteObjects(
        client,
        before.filter((object) => !names.has(JSON.stringify(refOf(object)))),
      );
    } catch (error) {
      return errorText(error);
    }
    const stuck = wanted.filter(isNeverScheduled).map(({ kind, metadata }) => {
      return `${kind}/${metadata.namespace ?? ""}/${metadata.name} status: 'InProgress'`;
    });
    await clock.sleep(stuck.length > 0 ? this.#plan.timeoutMs : Math.min(durationMs, this.#plan.timeoutMs));
    return stuck.length > 0 ? `timeout waiting for: [${stuck.join(", ")}]` : undefined;
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

  #record(as: {
    readonly version: number;
    readonly status: ReleaseStatus;
    readonly firstDeployed?: string | undefined;
  }): ReleaseRecord {
    const { name, namespace, chart, chartVersion, values, postRenderers, labels } = this.#plan;
    const now = kubeTime(this.#target.clock.now());
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

function isNeverScheduled(object: Obj): boolean {
  const template = (object["spec"] as JsonObject | undefined)?.["template"] as JsonObject | undefined;
  const selector = (template?.["spec"] as JsonObject | undefined)?.["nodeSelector"] as JsonObject | undefined;
  return Object.keys(selector ?? {}).length > 0;
}
