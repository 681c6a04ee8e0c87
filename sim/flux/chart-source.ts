import type { SimClient } from "../client.ts";
import type { Obj } from "../object.ts";
import { listAt, textAt, valueAt } from "../value-at.ts";
import type { ChartRegistry, StoredChart } from "./chart-registry.ts";
import type { Condition } from "./condition.ts";
import { ociRepositoryType } from "./kinds.ts";

// As lenient as Helm's reader of versions is.
const VERSION = /^v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?([+_][0-9A-Za-z.-]+)?$/;

/** Why a release cannot start, as its Ready condition says it. */
export type Obstacle = { readonly reason: string; readonly message: string };

/** Finds the chart that the source of a HelmRelease has fetched. */
export async function findSource(
  client: SimClient,
  registry: ChartRegistry,
  release: Obj,
): Promise<Obstacle | { readonly stored: StoredChart; readonly digest: string }> {
  const name = textAt(release, "spec", "chartRef", "name");
  const namespace = textAt(release, "spec", "chartRef", "namespace") || (release.metadata.namespace ?? "");
  const source = await client.find({ ...ociRepositoryType, namespace, name });
  if (source === undefined) {
    const missing = `OCIRepository.source.toolkit.fluxcd.io "${name}" not found`;
    return { reason: "ArtifactFailed", message: `could not get Source object: ${missing}` };
  }
  const obstacle = whyNotReady(source);
  if (obstacle !== undefined) {
    const message = `OCIRepository '${namespace}/${name}' is not ready: ${obstacle}`;
    return { reason: "SourceNotReady", message };
  }
  const stored = registry.stored(textAt(source, "status", "artifact", "digest"));
  return stored === undefined
    ? { reason: "ArtifactFailed", message: "Could not load chart: artifact not found" }
    : { stored, digest: digestOf(textAt(source, "status", "artifact", "revision")) };
}

// Of a tag that is no version helm-controller takes the whole revision for the digest.
function digestOf(revision: string): string {
  const [tag = "", digest] = revision.split("@");
  return digest !== undefined && VERSION.test(tag) ? digest : revision;
}

function whyNotReady(source: Obj): string | undefined {
  if (source.metadata.generation !== valueAt(source, "status", "observedGeneration")) {
    const conditions = listAt(source, "status", "conditions") as readonly Condition[];
    const failed = conditions.find(({ type, status }) => type === "Ready" && status === "False");
    return failed?.message ?? "latest generation of object has not been reconciled";
  }
  return valueAt(source, "status", "artifact") === undefined ? "does not have an artifact" : undefined;
}
