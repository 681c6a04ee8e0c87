import type { Condition } from "../../sim/flux/condition.ts";
import { FLUX_FINALIZER, REQUESTED_AT } from "../../sim/flux/kinds.ts";
import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { howOpens, type TargetName } from "./clusters.ts";
import type { Actor, Deed } from "./rule.ts";
import { kept, TIME } from "./server.ts";
import { things } from "./things.ts";
import {
  ACCESSES,
  ACCESS_NAMES,
  accessIn,
  type AccessName,
  type Attempt,
  attemptIn,
  type Cluster,
  clusterIn,
  type HelmRecord,
  KINDS,
  read,
  type Version,
  type World,
} from "./world.ts";

type SourceName = "source" | "oldSource";
type ReleaseName = "release" | "oldRelease";
type Status = Readonly<Record<string, unknown>>;

const DIGESTS: Readonly<Record<Version, string>> = {
  "0.4.0": `sha256:${"4".repeat(64)}`,
  "0.5.0": `sha256:${"5".repeat(64)}`,
};
const RESET_AT = "reconcile.fluxcd.io/resetAt";

/** Chart version as the helm-controller calls it. */
function fullVersion(chart: Version): string {
  return `${chart}+${DIGESTS[chart].slice(7, 19)}`;
}

/** The source-controller, as far as a chart's source tells of it. */
export function sourceController(name: SourceName): Actor {
  return {
    name: "source-controller",
    places: [name, "copy", "oldCopy"],
    deeds: (world) => {
      const source = read(world, name);
      return source === undefined ? [] : sourceDeeds(world, name, source);
    },
  };
}

function sourceDeeds(world: World, name: SourceName, source: Obj): readonly Deed[] {
  const title = KINDS[name].title;
  if (source.metadata.deletionTimestamp !== undefined) {
    const isHeld = holds(source);
    return isHeld ? [{ what: `source-controller lets go of the ${title}`, to: { [name]: released(source) } }] : [];
  }
  if (!holds(source)) {
    return [{ what: `source-controller takes up the ${title}`, to: { [name]: held(source) } }];
  }
  const isAtRest = valueAt(source, "spec", "suspend") === true || isFetched(source);
  return isAtRest ? [] : fetchDeeds(world, name, source);
}

function fetchDeeds(world: World, name: SourceName, source: Obj): readonly Deed[] {
  const secret = textAt(source, "spec", "secretRef", "name");
  const copies = [read(world, "copy"), read(world, "oldCopy")];
  const hasLogin = secret === "" || copies.some((copy) => copy?.metadata.name === secret);
  const isFailing = conditionOf(source, "FetchFailed")?.status === "True" && isSpokenOf(source, "FetchFailed");
  const fail: Deed = {
    what: `source-controller cannot fetch the chart of the ${KINDS[name].title}`,
    isFault: hasLogin,
    to: { [name]: withStatus(source, failed(source)) },
  };
  const fetch: Deed = {
    what: `source-controller fetches chart ${tagOf(source)}`,
    to: { [name]: withStatus(source, fetched(source)) },
  };
  return [...(hasLogin ? [fetch] : []), ...(isFailing ? [] : [fail])];
}

function fetched(source: Obj): Status {
  const tag = tagOf(source) as Version;
  const requestedAt = source.metadata.annotations?.[REQUESTED_AT];
  return {
    conditions: conditions(source, [
      ["Ready", "True", "Succeeded"],
      ["ArtifactInStorage", "True", "Succeeded"],
    ]),
    artifact: { digest: `${DIGESTS[tag]}-stored`, revision: `${tag}@${DIGESTS[tag]}` },
    observedGeneration: source.metadata.generation,
    ...(requestedAt !== undefined && { lastHandledReconcileAt: requestedAt }),
  };
}

function failed(source: Obj): Status {
  const status = source["status"] as Status | undefined;
  return {
    ...status,
    conditions: conditions(source, [
      ["Reconciling", "True", "ProgressingWithRetry"],
      ["Ready", "False", "OCIArtifactPullFailed"],
      ["FetchFailed", "True", "OCIArtifactPullFailed"],
    ]),
  };
}

/** Whether the artifact is the one that the present generation asks for. */
function isFetched(source: Obj): boolean {
  const isSeen = valueAt(source, "status", "observedGeneration") === source.metadata.generation;
  const requestedAt = source.metadata.annotations?.[REQUESTED_AT];
  const isAnswered = requestedAt === undefined || valueAt(source, "status", "lastHandledReconcileAt") === requestedAt;
  return isSeen && isAnswered && artifactOf(source) === tagOf(source) && isReadyTrue(source);
}

function tagOf(source: Obj): string {
  return textAt(source, "spec", "ref", "tag");
}

/** The chart that a source has for helm-controller. */
function artifactOf(source: Obj | undefined): Version | undefined {
  const [tag] = textAt(source, "status", "artifact", "revision").split("@");
  return tag === "" ? undefined : (tag as Version);
}

/** The helm-controller, as far as one HelmRelease tells of it. */
export function helmController(name: ReleaseName): Actor {
  return {
    name: "helm-controller",
    places: [
      name,
      "source",
      "oldSource",
      ...ACCESS_NAMES.flatMap((access) => [access, ACCESSES[access].kubeconfig]),
      "mcp",
      "workload",
      "helm",
    ],
    deeds: (world) => {
      const release = read(world, name);
      const attempt = attemptOf(world, name);
      if (release === undefined) {
        return attempt === undefined ? [] : [{ what: "helm-controller drops what it was at", to: { helm: undefined } }];
      }
      const access = attempt?.via ?? accessIn(release);
      const scene = { world, name, release, access, target: ACCESSES[access].target };
      return attempt === undefined ? idleDeeds(scene) : attemptDeeds(scene, attempt);
    },
  };
}

type Scene = {
  readonly world: World;
  readonly name: ReleaseName;
  readonly release: Obj;
  /** The one that it works with. */
  readonly access: AccessName;
  readonly target: TargetName;
};

function attemptOf(world: World, name: ReleaseName): Attempt | undefined {
  const attempt = attemptIn(world);
  return attempt?.of === name ? attempt : undefined;
}

function idleDeeds(scene: Scene): readonly Deed[] {
  const { name, release } = scene;
  const { title } = KINDS[name];
  if (release.metadata.deletionTimestamp !== undefined) {
    return endDeeds(scene);
  }
  if (!holds(release)) {
    return [{ what: `helm-controller takes up the ${title}`, to: { [name]: held(release) } }];
  }
  return valueAt(release, "spec", "suspend") === true
    ? changed(release, name, {
        what: `helm-controller notes that the ${title} is suspended`,
        status: { observedGeneration: release.metadata.generation },
      })
    : syncDeeds(scene);
}

/** What becomes of a HelmRelease that is being deleted. */
function endDeeds(scene: Scene): readonly Deed[] {
  const { world, name, release } = scene;
  if (!holds(release)) {
    return [];
  }
  const how = howOpens(world, scene.access);
  const why = whyNothingIsUninstalled(release, how);
  if (why !== undefined) {
    const what = `helm-controller lets go of the ${KINDS[name].title}, ${why}, and uninstalls nothing`;
    return [{ what, to: { [name]: released(release) } }];
  }
  return how === "works" ? [uninstall(scene)] : failedUninstall(release, name);
}

function whyNothingIsUninstalled(release: Obj, how: ReturnType<typeof howOpens>): string | undefined {
  if (valueAt(release, "spec", "suspend") === true) {
    return "which is suspended";
  }
  if (historyOf(release).length === 0) {
    return "which has no history";
  }
  return how === "missing" ? "whose kubeconfig is gone" : undefined;
}

function uninstall({ world, name, release, target }: Scene): Deed {
  const cluster = clusterIn(world, target);
  const { record, ...rest } = cluster ?? { record: undefined };
  return {
    what: `helm-controller uninstalls the release and lets go of the ${KINDS[name].title}`,
    to: { [name]: released(release), [target]: record?.by === "foreign" ? cluster : rest },
  };
}

function failedUninstall(release: Obj, name: ReleaseName): readonly Deed[] {
  return changed(release, name, {
    what: "helm-controller cannot uninstall",
    status: {
      conditions: conditions(release, [
        ["Ready", "False", "UninstallFailed"],
        ["Released", "False", "UninstallFailed"],
      ]),
    },
  });
}

function changed(
  release: Obj,
  name: ReleaseName,
  { what, status }: { readonly what: string; readonly status: Status },
): readonly Deed[] {
  const next = withStatus(release, { ...(release["status"] as Status | undefined), ...status });
  return things.idOf(next) === things.idOf(release) ? [] : [{ what, to: { [name]: next } }];
}

/** What a HelmRelease at rest leads to. */
function syncDeeds(scene: Scene): readonly Deed[] {
  const { world, name, release, access, target } = scene;
  const obstacle = obstacleOf(scene);
  if (obstacle !== undefined) {
    return changed(release, name, {
      what: `helm-controller says ${obstacle}`,
      status: {
        ...(obstacle === "StateError" && attempted(release, wantedOf(world, release))),
        conditions: conditions(release, [
          ["Reconciling", "True", "Progressing"],
          ["Ready", "False", obstacle],
        ]),
      },
    });
  }
  const wanted = wantedOf(world, release);
  const { record } = clusterIn(world, target) ?? {};
  const action = nextAction(release, record, wanted);
  const by = { of: name, on: target, via: access };
  const check: Deed = {
    what: "helm-controller begins a routine check",
    isFault: true,
    to: { [name]: checking(release), helm: { ...wanted, ...by, action: "check" } satisfies Attempt },
  };
  switch (action) {
    case "none":
      return [check];
    case "done":
      return changed(release, name, {
        what: "helm-controller finds the release in sync",
        status: { ...attempted(release, wanted), ...inSync(release) },
      });
    case "unlock":
    case "uninstall":
      return [remedy(scene, action)];
    case "install":
    case "upgrade":
      return [begin(scene, { ...wanted, ...by, action })];
  }
}

type Wanted = { readonly chart: Version; readonly config: string };

function wantedOf(world: World, release: Obj): Wanted {
  const source = sourceOf(world, release);
  const spec = (release["spec"] ?? {}) as Readonly<Record<string, unknown>>;
  const config = JSON.stringify([spec["values"] ?? null, spec["postRenderers"] ?? null]);
  return { chart: artifactOf(source) ?? "0.4.0", config };
}

function sourceOf(world: World, release: Obj): Obj | undefined {
  const name = textAt(release, "spec", "chartRef", "name");
  return read(world, name === KINDS.oldSource.name ? "oldSource" : "source");
}

function obstacleOf({ world, release, access }: Scene): string | undefined {
  const source = sourceOf(world, release);
  if (source === undefined) {
    return "ArtifactFailed";
  }
  const isSeen = valueAt(source, "status", "observedGeneration") === source.metadata.generation;
  if (!isSeen || artifactOf(source) === undefined) {
    return "SourceNotReady";
  }
  switch (howOpens(world, access)) {
    case "missing":
      return "RESTClientError";
    case "silent":
    case "refused":
      return "StateError";
    case "works":
      return undefined;
  }
}

type Action = "none" | "done" | "unlock" | "uninstall" | "install" | "upgrade";

/** In the helm-controller's order: the state of the storage first, then whether it is what it knows. */
function nextAction(release: Obj, record: HelmRecord | undefined, wanted: Wanted): Action {
  if (isGivenUp(release, wanted)) {
    return "none";
  }
  if (record === undefined || record.status === "uninstalling") {
    return "install";
  }
  if (record.status === "pending-install" || record.status === "pending-upgrade") {
    return "unlock";
  }
  return historyOf(release)[0]?.digest === digestOf(record) ? nextOfKnown(release, record, wanted) : "upgrade";
}

function nextOfKnown(release: Obj, record: HelmRecord, wanted: Wanted): Action {
  if (record.status === "failed") {
    const isRemedied = failuresOf(release) > 0 && textAt(release, "status", "lastAttemptedReleaseAction") === "install";
    return isRemedied ? "uninstall" : "upgrade";
  }
  if (record.chart !== wanted.chart || record.config !== wanted.config) {
    return "upgrade";
  }
  const isAttempted = valueAt(release, "status", "lastAttemptedRevision") === fullVersion(wanted.chart);
  return isAttempted && isInSync(release) ? "none" : "done";
}

/** Whether it has tried often enough, and nothing has changed since. */
function isGivenUp(release: Obj, wanted: Wanted): boolean {
  const isStalled = conditionOf(release, "Stalled")?.status === "True" && isSpokenOf(release, "Stalled");
  const status = release["status"] as Status | undefined;
  const isSame =
    status?.["lastAttemptedRevision"] === fullVersion(wanted.chart) &&
    status["lastAttemptedGeneration"] === release.metadata.generation;
  return isStalled && isSame && !isResetAsked(release);
}

function isResetAsked(release: Obj): boolean {
  const { annotations = {} } = release.metadata;
  const token = annotations[RESET_AT];
  const isAsked = token !== undefined && token === annotations[REQUESTED_AT];
  return isAsked && token !== valueAt(release, "status", "lastHandledResetAt");
}

function failuresOf(release: Obj): number {
  return Number(valueAt(release, "status", "failures") ?? 0);
}

function isInSync(release: Obj): boolean {
  const isSeen = valueAt(release, "status", "observedGeneration") === release.metadata.generation;
  return isSeen && conditionOf(release, "Reconciling") === undefined && isReadyTrue(release);
}

function inSync(release: Obj): Status {
  const [latest] = historyOf(release);
  const word = latest?.action === "install" ? "InstallSucceeded" : "UpgradeSucceeded";
  const [ready, now] = conditions(release, [
    ["Ready", "True", word],
    ["Released", "True", word],
  ]);
  // What was released under an earlier generation stays so.
  const last = conditionOf(release, "Released");
  return {
    conditions: last?.status === "True" ? [ready, last] : [ready, now],
    observedGeneration: release.metadata.generation,
    lastAttemptedGeneration: release.metadata.generation,
  };
}

function checking(release: Obj): Obj {
  const others = allConditions(release).filter(({ type }) => type !== "Stalled" && type !== "Reconciling");
  const [now] = conditions(release, [["Reconciling", "True", "Progressing"]]);
  const list = now === undefined ? others : [now, ...others];
  return withStatus(release, { ...(release["status"] as Status | undefined), conditions: list });
}

/** Begins a Helm action: it is told what is tried, and not yet that there is anything on the cluster. */
function begin({ world, name, release, target }: Scene, attempt: Attempt): Deed {
  const cluster = clusterIn(world, target);
  const { record } = cluster ?? {};
  const status = { ...(release["status"] as Status | undefined) };
  const token = release.metadata.annotations?.[RESET_AT];
  const isNew =
    isResetAsked(release) ||
    status["lastAttemptedRevision"] !== fullVersion(attempt.chart) ||
    status["lastAttemptedGeneration"] !== release.metadata.generation;
  if (isNew) {
    delete status["failures"];
  }
  const last = allConditions(release).filter(({ type }) => type === "Released" || type === "Remediated");
  const next = withStatus(release, {
    ...status,
    ...(isResetAsked(release) && { lastHandledResetAt: token, lastHandledReconcileAt: token }),
    ...attempted(release, attempt),
    conditions: [
      ...conditions(release, [
        ["Reconciling", "True", "Progressing"],
        ["Ready", "Unknown", "Progressing"],
      ]),
      ...last,
    ],
  });
  return {
    what: `helm-controller begins to ${attempt.action} ${attempt.chart}`,
    to: {
      [name]: next,
      helm: attempt,
      [target]: { ...cluster, hasNamespace: true, hasCrds: true, record: pending(attempt, record) },
    },
  };
}

/** What it says of an attempt before it looks at the storage. */
function attempted(release: Obj, { chart }: Wanted): Status {
  return {
    storageNamespace: valueAt(release, "spec", "storageNamespace"),
    lastAttemptedGeneration: release.metadata.generation,
    lastAttemptedRevision: fullVersion(chart),
    lastAttemptedRevisionDigest: DIGESTS[chart],
  };
}

function pending({ of, chart, config, action }: Attempt, record: HelmRecord | undefined): HelmRecord {
  if (action === "install" || record === undefined) {
    return { status: "pending-install", version: 1, chart, config, by: of };
  }
  const isGood = record.status === "deployed";
  const last = isGood ? { chart: record.chart, config: record.config, version: 1 } : record.before;
  return {
    status: "pending-upgrade",
    version: 2,
    chart,
    config,
    by: of,
    ...(last !== undefined && { before: last }),
  };
}

/** How an action that is under way can end. */
function attemptDeeds(scene: Scene, attempt: Attempt): readonly Deed[] {
  const { world, name, release, target } = scene;
  const begun = asBegun(release);
  const killed: Deed = { what: "the helm-controller is killed", isFault: true, to: { helm: undefined } };
  if (attempt.action === "check") {
    const settledAgain = inSync(begun);
    const next = withStatus(release, { ...(release["status"] as Status | undefined), ...settledAgain });
    return [{ what: "helm-controller ends its check", to: { helm: undefined, [name]: next } }, killed];
  }
  const cluster = clusterIn(world, target);
  const { record } = cluster ?? {};
  if (howOpens(world, scene.access) !== "works" || record === undefined || cluster === undefined) {
    return [failedAttempt(scene, attempt, record), killed];
  }
  const { before: _before, ...done } = record;
  const deployed: HelmRecord = { ...done, status: "deployed", version: 1, chart: attempt.chart, by: attempt.of };
  const word = attempt.action === "install" ? "InstallSucceeded" : "UpgradeSucceeded";
  const { failures: _failures, ...status } = (release["status"] ?? {}) as Status;
  const finish: Deed = {
    what: `helm-controller ends the ${attempt.action} of ${attempt.chart}`,
    to: {
      helm: undefined,
      [target]: { ...cluster, record: deployed },
      [name]: withStatus(release, {
        ...status,
        lastAttemptedReleaseAction: attempt.action,
        history: [snapshot(deployed, attempt.action)],
        observedGeneration: begun.metadata.generation,
        conditions: conditions(begun, [
          ["Ready", "True", word],
          ["Released", "True", word],
        ]),
      }),
    },
  };
  const unhealthy = failedAttempt(scene, attempt, { ...record, status: "failed" });
  return [finish, { ...unhealthy, isFault: true }, { ...givenUp(scene, attempt, record), isFault: true }, killed];
}

/** A release as it was when its attempt began: what comes of that says nothing of a later generation. */
function asBegun(release: Obj): Obj {
  const generation = conditionOf(release, "Reconciling")?.observedGeneration ?? release.metadata.generation ?? 0;
  return { ...release, metadata: { ...release.metadata, generation } };
}

/** An attempt has failed, and another one will follow. */
function failedAttempt(
  { world, name, release, access, target }: Scene,
  attempt: Attempt,
  record: HelmRecord | undefined,
): Deed {
  const word = attempt.action === "install" ? "InstallFailed" : "UpgradeFailed";
  const cluster = clusterIn(world, target);
  const isReached = howOpens(world, access) === "works";
  const history =
    record === undefined ? historyOf(release) : [snapshot(record, attempt.action), ...earlier(release, record)];
  return {
    what: `the ${attempt.action} of ${attempt.chart} fails`,
    to: {
      helm: undefined,
      ...(isReached && record !== undefined && { [target]: { ...cluster, record } }),
      [name]: withStatus(release, {
        ...(release["status"] as Status | undefined),
        failures: Math.min(1, failuresOf(release) + 1),
        lastAttemptedReleaseAction: attempt.action,
        history,
        conditions: conditions(asBegun(release), [
          ["Reconciling", "True", "ProgressingWithRetry"],
          ["Ready", "False", word],
          ["Released", "False", word],
        ]),
      }),
    },
  };
}

/** The last attempt has failed: an upgrade is rolled back, an installation stays as it is. */
function givenUp(scene: Scene, attempt: Attempt, record: HelmRecord): Deed {
  const { name, release, target, world } = scene;
  const word = attempt.action === "install" ? "InstallFailed" : "UpgradeFailed";
  const cluster = clusterIn(world, target);
  const begun = asBegun(release);
  const { before, ...rest } = record;
  const left: HelmRecord =
    before === undefined ? { ...rest, status: "failed" } : { ...rest, ...before, status: "deployed" };
  return {
    what: `helm-controller gives up after the last ${attempt.action} of ${attempt.chart} has failed`,
    to: {
      helm: undefined,
      [target]: { ...cluster, record: left },
      [name]: withStatus(release, {
        ...(release["status"] as Status | undefined),
        failures: 1,
        lastAttemptedReleaseAction: attempt.action,
        history: [snapshot(left, before === undefined ? attempt.action : "rollback")],
        observedGeneration: begun.metadata.generation,
        conditions: conditions(begun, [
          ["Stalled", "True", "RetriesExceeded"],
          ["Ready", "False", word],
          ["Released", "False", word],
        ]),
      }),
    },
  };
}

function earlier(release: Obj, { version }: HelmRecord): readonly Snapshot[] {
  return historyOf(release).filter((one) => one.version < version);
}

/** Repairs what an attempt that was killed, or that has failed, has left. */
function remedy({ world, name, release, target }: Scene, action: "unlock" | "uninstall"): Deed {
  const cluster = clusterIn(world, target) as Cluster;
  const record = cluster.record as HelmRecord;
  if (action === "uninstall") {
    const { record: _record, ...rest } = cluster;
    return { what: "helm-controller uninstalls what has failed", to: { [target]: rest } };
  }
  const unlocked: HelmRecord = { ...record, status: "failed" };
  const history = historyOf(release).map((one) =>
    one.digest === digestOf(record) ? snapshot(unlocked, "install") : one,
  );
  const hasHistory = history.length > 0;
  const status = release["status"] as Status | undefined;
  return {
    what: "helm-controller unlocks the release",
    to: {
      [target]: { ...cluster, record: unlocked },
      ...(hasHistory && { [name]: withStatus(release, { ...status, history }) }),
    },
  };
}

type Snapshot = {
  readonly status: string;
  readonly version: number;
  readonly chartVersion: string;
  readonly ociDigest: string;
  readonly digest: string;
  readonly action?: string;
};

/** What a HelmRelease says of a version of its release. */
function snapshot(record: HelmRecord, action: string): Snapshot {
  const { status, version, chart } = record;
  return {
    status,
    version,
    chartVersion: fullVersion(chart),
    ociDigest: DIGESTS[chart],
    digest: digestOf(record),
    action,
  };
}

function digestOf({ status, version, chart, config }: HelmRecord): string {
  return `${status} ${version} ${chart} ${config}`;
}

function historyOf(release: Obj): readonly Snapshot[] {
  return (valueAt(release, "status", "history") ?? []) as readonly Snapshot[];
}

function allConditions(object: Obj): readonly Condition[] {
  return (valueAt(object, "status", "conditions") ?? []) as readonly Condition[];
}

function conditionOf(object: Obj, type: string): Condition | undefined {
  return allConditions(object).find((condition) => condition.type === type);
}

function isSpokenOf(object: Obj, type: string): boolean {
  return conditionOf(object, type)?.observedGeneration === object.metadata.generation;
}

function isReadyTrue(object: Obj): boolean {
  return conditionOf(object, "Ready")?.status === "True" && isSpokenOf(object, "Ready");
}

type Said = readonly [type: string, status: Condition["status"], reason: string];

function conditions({ metadata }: Obj, said: readonly Said[]): readonly Condition[] {
  return said.map(([type, status, reason]) => ({
    type,
    status,
    reason,
    message: reason,
    observedGeneration: metadata.generation ?? 0,
    lastTransitionTime: TIME,
  }));
}

function withStatus(object: Obj, status: Status): Obj {
  return { ...object, status };
}

function holds({ metadata }: Obj): boolean {
  return metadata.finalizers?.includes(FLUX_FINALIZER) ?? false;
}

function held(object: Obj): Obj {
  const finalizers = [...(object.metadata.finalizers ?? []), FLUX_FINALIZER];
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

function released(object: Obj): Obj | undefined {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== FLUX_FINALIZER);
  return kept({ ...object, metadata: { ...object.metadata, finalizers } });
}
