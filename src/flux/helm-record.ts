import { gunzipSync } from "node:zlib";

import { loadAll } from "js-yaml";

import type { Secret } from "../kube/core.ts";
import { isRecord } from "../kube/json.ts";

/** A record of Helm is about a megabyte when it is unpacked. A hostile tenant could pack far more into one. */
const MAX_RECORD_BYTES = 10_000_000;

/** The helm-controller labels every object of a release with the name and namespace of its HelmRelease. */
const ORIGIN = { name: "helm.toolkit.fluxcd.io/name", namespace: "helm.toolkit.fluxcd.io/namespace" };

/**
 * Whether one of these HelmReleases has created the release of Helm's newest record. Pure.
 *
 * Only the labels of the rendered objects prove that: creation times come from the clocks of two clusters.
 */
export function isReleasedBy(
  records: readonly Secret[],
  helmReleases: { readonly namespace: string; readonly names: readonly string[] },
): boolean {
  const { namespace, names } = helmReleases;
  const [newest] = records.toSorted((left, right) => revisionOf(right) - revisionOf(left));
  if (newest === undefined || newest.metadata.labels?.["status"] === "uninstalled") {
    return false;
  }
  return objectsIn(newest, namespace).some(
    (object) =>
      labelOf(object, ORIGIN.namespace) === namespace && names.some((name) => labelOf(object, ORIGIN.name) === name),
  );
}

function revisionOf({ metadata: { labels = {} } }: Secret): number {
  return Number(labels["version"]) || 0;
}

function objectsIn(record: Secret, mentioning: string): readonly unknown[] {
  const documents = manifestOf(record).split(/^---[ \t\r]*$/mu);
  return documents.filter((document) => document.includes(mentioning)).flatMap((document) => parse(document));
}

// Helm cannot read a damaged record either, so Flux could not uninstall its release.
function manifestOf({ data = {} }: Secret): string {
  const packed = Buffer.from(data["release"] ?? "", "base64").toString();
  try {
    const text = gunzipSync(Buffer.from(packed, "base64"), { maxOutputLength: MAX_RECORD_BYTES }).toString();
    const release: unknown = JSON.parse(text);
    return isRecord(release) && typeof release["manifest"] === "string" ? release["manifest"] : "";
  } catch {
    return "";
  }
}

// Helm accepts YAML that this parser refuses. The other objects of the release have the same labels.
function parse(document: string): readonly unknown[] {
  try {
    return loadAll(document);
  } catch {
    return [];
  }
}

function labelOf(object: unknown, label: string): unknown {
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  const labels = isRecord(metadata) ? metadata["labels"] : undefined;
  return isRecord(labels) ? labels[label] : undefined;
}
