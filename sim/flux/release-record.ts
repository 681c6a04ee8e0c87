import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";

import { type JsonObject, readJson, writeJson } from "../json.ts";
import type { Obj } from "../object.ts";
import { textAt } from "../value-at.ts";

/** Helm's words for the state of one version of a release. */
export type ReleaseStatus =
  | "deployed"
  | "failed"
  | "pending-install"
  | "pending-rollback"
  | "pending-upgrade"
  | "superseded"
  | "uninstalling";

/** One version of a release, as Helm keeps it in a Secret on the target cluster. */
export type ReleaseRecord = {
  readonly name: string;
  readonly namespace: string;
  readonly version: number;
  readonly status: ReleaseStatus;
  readonly chart: { readonly name: string; readonly version: string; readonly appVersion: string };
  readonly config: JsonObject;
  /** Digest of the post-renderers, if there were any. */
  readonly postRenderers?: string;
  readonly objects: readonly Obj[];
  readonly firstDeployed: string;
  readonly lastDeployed: string;
  readonly deleted?: string;
};

/** Between the documents of a manifest: these are JSON, which is YAML too. */
const SEPARATOR = "\n---\n";

/** Whether an action on this version has begun and not ended. */
export function isPending({ status }: Pick<ReleaseRecord, "status">): boolean {
  return status.startsWith("pending-");
}

/** Digest of values, independent of the order of their keys. */
export function digestOf(value: unknown): string {
  return `sha256:${createHash("sha256")
    .update(writeJson(sorted(value)))
    .digest("hex")}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** `<namespace>/<name>.v<version>`, how Flux names a version of a release. */
export function fullNameOf({
  namespace,
  name,
  version,
}: Pick<ReleaseRecord, "namespace" | "name" | "version">): string {
  return `${namespace}/${name}.v${String(version)}`;
}

/** The Secret in which Helm keeps a record. */
export function toSecret(record: ReleaseRecord): Obj {
  const { objects, ...release } = record;
  const manifest = objects.map((object) => writeJson(object)).join(SEPARATOR);
  const packed = gzipSync(writeJson({ ...release, manifest })).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: `sh.helm.release.v1.${record.name}.v${String(record.version)}`,
      namespace: record.namespace,
      labels: { name: record.name, owner: "helm", status: record.status, version: String(record.version) },
    },
    type: "helm.sh/release.v1",
    data: { release: Buffer.from(packed).toString("base64") },
  };
}

/** The record in one of Helm's Secrets. */
export function fromSecret(secret: Obj): ReleaseRecord {
  const packed = Buffer.from(textAt(secret, "data", "release"), "base64").toString();
  const unpacked = gunzipSync(Buffer.from(packed, "base64")).toString();
  const { manifest, ...release } = readJson(unpacked) as Omit<ReleaseRecord, "objects"> & {
    readonly manifest: string;
  };
  const documents = manifest === "" ? [] : manifest.split(SEPARATOR);
  return { ...release, objects: documents.map((document) => readJson(document) as Obj) };
}
