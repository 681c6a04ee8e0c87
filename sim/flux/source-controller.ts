import type { SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";
import type { Next } from "../stand-in/control-loop.ts";
import { addFinalizer, removeFinalizer } from "../stand-in/finalizer.ts";
import { kubeTime } from "../stand-in/kube-time.ts";
import type { Heard } from "../stand-in/watch-kind.ts";
import { textAt, valueAt } from "../value-at.ts";
import { type ChartReference, type ChartRegistry, PullError, type StoredChart } from "./chart-registry.ts";
import { parseGoDuration } from "./go-duration.ts";
import { FLUX_FINALIZER, REQUESTED_AT } from "./kinds.ts";
import { StatusDraft } from "./status-draft.ts";
import type { FluxTimings } from "./timings.ts";
import { verifySource } from "./verify-signature.ts";

/** What the source-controller's stand-in works with. */
export type SourceContext = {
  readonly client: SimClient;
  readonly clock: SimClock;
  readonly registry: ChartRegistry;
  readonly timings: FluxTimings;
};

const DEFAULT_INTERVAL_MS = 10 * 60_000;

/**
 * Reconciles one OCIRepository in the steps of the source-controller.
 *
 * Like that it starts from what its watch has told and writes what differs from that. When it has just written itself,
 * the news of that may be missing: then an artifact that comes back is not written again, and another one's stays under
 * a status that calls it ready, until the next interval (seen with source-controller 1.9).
 */
export async function reconcileSource(context: SourceContext, heard: Heard, key: string): Promise<Next> {
  const object = heard.get(key);
  if (object === undefined) {
    return "settled";
  }
  const { client, clock, timings } = context;
  const draft = new StatusDraft(object, { client, clock, latencyMs: timings.latencyMs });
  if (object.metadata.deletionTimestamp !== undefined) {
    await endSource(context, draft);
    return "settled";
  }
  if (!(object.metadata.finalizers ?? []).includes(FLUX_FINALIZER)) {
    await addFinalizer(client, object, FLUX_FINALIZER);
    return "retry";
  }
  if (valueAt(object, "spec", "suspend") === true) {
    return "settled";
  }
  await announce(draft);
  return fetchArtifact(context, draft);
}

async function endSource({ client }: SourceContext, draft: StatusDraft): Promise<void> {
  const ready = draft.condition("Ready");
  if (ready !== undefined) {
    draft.mark("Ready", ready.status, ready.reason, ready.message);
    await draft.save();
  }
  await removeFinalizer(client, draft.object, FLUX_FINALIZER);
}

/** Says that work has begun, but stays quiet about a look at the registry that nobody asked for. */
async function announce(draft: StatusDraft): Promise<void> {
  const requestedAt = draft.object.metadata.annotations?.[REQUESTED_AT];
  if (draft.generation !== draft.observedGeneration) {
    const step = `${String(draft.observedGeneration)} -> ${String(draft.generation)}`;
    progress(draft, `processing object: new generation ${step}`, { unready: false });
    await draft.save();
  } else if (requestedAt !== undefined && requestedAt !== draft.field("lastHandledReconcileAt")) {
    progress(draft, "reconciliation in progress", { unready: false });
    await draft.save();
  }
  if (draft.field("artifact") === undefined) {
    progress(draft, "building artifact", { unready: true });
    await draft.save();
  }
}

function progress(draft: StatusDraft, message: string, { unready }: { readonly unready: boolean }): void {
  draft.drop("Stalled");
  draft.mark("Reconciling", "True", "Progressing", message);
  if (unready || draft.condition("Ready") === undefined) {
    draft.mark("Ready", "Unknown", "Progressing", message);
  }
}

async function fetchArtifact(context: SourceContext, draft: StatusDraft): Promise<Next> {
  const resolved = await resolve(context, draft.object);
  if ("reason" in resolved) {
    await fail(draft, resolved);
    return "retry";
  }
  const { found, reference } = resolved;
  const { revision, name } = nameArtifact(textAt(draft.object, "spec", "url"), reference, found);
  const refusal = await verifySource(context, draft, { ...found, revision });
  if (refusal !== undefined) {
    await refuse(draft, refusal);
    return "retry";
  }
  draft.drop("FetchFailed");
  if (textAt(draft.field("artifact"), "revision") !== revision) {
    await store(context, draft, `new revision '${revision}' for '${name}'`);
    draft.set(artifactFields(draft.object, found, { revision, at: kubeTime(context.clock.now()) }));
  }
  const message = `stored artifact for digest '${revision}'`;
  draft.drop("Reconciling", "ArtifactOutdated");
  draft.mark("Ready", "True", "Succeeded", message);
  draft.mark("ArtifactInStorage", "True", "Succeeded", message);
  handle(draft);
  draft.set({ observedGeneration: draft.generation });
  await draft.save();
  return { afterMs: parseGoDuration(valueAt(draft.object, "spec", "interval"), DEFAULT_INTERVAL_MS) };
}

async function store({ clock, timings }: SourceContext, draft: StatusDraft, news: string): Promise<void> {
  if (draft.field("artifact") !== undefined) {
    draft.mark("ArtifactOutdated", "True", "NewRevision", news);
  }
  progress(draft, `building artifact: ${news}`, { unready: true });
  await draft.save();
  await clock.sleep(timings.storeMs);
}

/** Says that the latest request for a reconcile has been met, whatever came of it. */
function handle(draft: StatusDraft): void {
  const requestedAt = draft.object.metadata.annotations?.[REQUESTED_AT];
  if (requestedAt !== undefined) {
    draft.set({ lastHandledReconcileAt: requestedAt });
  }
}

async function refuse(draft: StatusDraft, { reason, message }: Refusal): Promise<void> {
  const doing = draft.condition("Reconciling")?.message ?? "reconciliation in progress";
  draft.mark("Reconciling", "True", "ProgressingWithRetry", doing);
  draft.mark("Ready", "False", reason, message);
  draft.mark("SourceVerified", "False", reason, message);
  handle(draft);
  await draft.save();
}

type Refusal = { readonly reason: string; readonly message: string };

async function fail(draft: StatusDraft, { reason, message }: Refusal): Promise<void> {
  const doing = draft.condition("Reconciling")?.message ?? "reconciliation in progress";
  draft.mark("Reconciling", "True", "ProgressingWithRetry", doing);
  draft.mark("Ready", "False", reason, message);
  draft.mark("FetchFailed", "True", reason, message);
  handle(draft);
  await draft.save();
}

type Resolved = { readonly found: StoredChart; readonly reference: ChartReference };

async function resolve(context: SourceContext, object: Obj): Promise<Resolved | Refusal> {
  const secretName = textAt(object, "spec", "secretRef", "name");
  const namespace = object.metadata.namespace ?? "";
  const secret =
    secretName === ""
      ? undefined
      : await context.client.find({ apiVersion: "v1", kind: "Secret", namespace, name: secretName });
  if (secretName !== "" && secret === undefined) {
    const missing = `failed to get secret '${namespace}/${secretName}': secrets "${secretName}" not found`;
    return { reason: "AuthenticationFailed", message: `failed to get credential: ${missing}` };
  }
  const config = textAt(secret, "data", ".dockerconfigjson");
  const login = config === "" ? undefined : Buffer.from(config, "base64").toString();
  await context.clock.sleep(context.timings.resolveMs);
  const url = textAt(object, "spec", "url");
  const reference = saying("ReadOperationFailed", `failed to determine the artifact tag for '${url}'`, () =>
    referenceOf(object, () => context.registry.tags(url, login)),
  );
  return "reason" in reference
    ? reference
    : saying("OCIArtifactPullFailed", "failed to determine artifact digest", () => ({
        found: context.registry.pull(url, reference, login),
        reference,
      }));
}

function saying<T>(reason: string, what: string, pull: () => T): T | Refusal {
  try {
    return pull();
  } catch (error) {
    if (!(error instanceof PullError)) {
      throw error;
    }
    return { reason, message: `${what}: ${error.message}` };
  }
}

function referenceOf(object: Obj, listTags: () => readonly string[]): ChartReference {
  const [digest = "", semver = "", tag = ""] = ["digest", "semver", "tag"].map((key) =>
    textAt(object, "spec", "ref", key),
  );
  if (digest !== "") {
    return { digest };
  }
  return { tag: semver === "" ? tag || "latest" : newestRelease(listTags(), semver) };
}

const RELEASE = /^v?(\d+)\.(\d+)\.(\d+)$/;

// The one constraint that is asked here for: pre-releases do not meet it.
function newestRelease(tags: readonly string[], semver: string): string {
  if (semver !== ">=0.0.0") {
    throw new Error(`expected the constraint >=0.0.0, found ${semver}`);
  }
  const releases = tags.flatMap((tag) => {
    const [, ...numbers] = RELEASE.exec(tag) ?? [];
    return numbers.length === 0 ? [] : [{ tag, numbers: numbers.map(Number) }];
  });
  const [newest] = releases.toSorted((one, other) => compare(other.numbers, one.numbers));
  if (newest === undefined) {
    throw new PullError(`no match found for semver: ${semver}`);
  }
  return newest.tag;
}

function compare(one: readonly number[], other: readonly number[]): number {
  return one.map((part, index) => part - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

type ArtifactName = { readonly revision: string; readonly name: string };

function nameArtifact(url: string, reference: ChartReference, { manifestDigest }: StoredChart): ArtifactName {
  const place = url.replace(/^oci:\/\//, "");
  return reference.tag === undefined
    ? { revision: manifestDigest, name: `${place}@${manifestDigest}` }
    : { revision: `${reference.tag}@${manifestDigest}`, name: `${place}:${reference.tag}` };
}

type Stored = { readonly revision: string; readonly at: string };

function artifactFields({ metadata }: Obj, found: StoredChart, { revision, at }: Stored): JsonObject {
  const folder = `ocirepository/${metadata.namespace ?? ""}/${metadata.name}`;
  const path = `${folder}/${found.manifestDigest}.tar.gz`;
  const label = "org.opencontainers.image";
  return {
    url: `http://source-controller/${folder}/latest.tar.gz`,
    artifact: {
      digest: found.contentDigest,
      lastUpdateTime: at,
      metadata: {
        [`${label}.authors`]: "OCM Team",
        [`${label}.created`]: found.createdAt,
        [`${label}.description`]: found.chart.description,
        [`${label}.source`]: "https://github.com/open-component-model/open-component-model",
        [`${label}.title`]: found.chart.name,
        [`${label}.url`]: "https://ocm.software",
        [`${label}.version`]: found.chart.version,
      },
      path,
      revision,
      size: 14_793,
      url: `http://source-controller/${path}`,
    },
  };
}
