import { createHash } from "node:crypto";
import type { PackedChart } from "./pack-chart.ts";

/** Where to push, and as whom. */
export type PushTarget = {
  /** Base URL of the registry, for example `http://127.0.0.1:5000`. */
  readonly registryURL: string;
  /** For example `controller/chart`. */
  readonly repository: string;
  readonly tag: string;
  readonly username: string;
  readonly password: string;
};

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.cncf.helm.config.v1+json";
const CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/** Pushes a chart as Helm would and tells the digest of its manifest. A tag that exists is moved. */
export async function pushChart(target: PushTarget, chart: PackedChart): Promise<string> {
  const { name, version, archive } = chart;
  const config = Buffer.from(JSON.stringify({ name, version, apiVersion: "v2", type: "application" }));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: await pushBlob(target, CONFIG, config),
    layers: [await pushBlob(target, CHART, archive)],
    annotations: { "org.opencontainers.image.title": name, "org.opencontainers.image.version": version },
  };
  const body = Buffer.from(JSON.stringify(manifest));
  await send(target, "PUT", `/v2/${target.repository}/manifests/${target.tag}`, { body, type: MANIFEST });
  return digestOf(body);
}

async function pushBlob(target: PushTarget, mediaType: string, content: Buffer): Promise<Descriptor> {
  const digest = digestOf(content);
  const upload = await send(target, "POST", `/v2/${target.repository}/blobs/uploads/`);
  const location = new URL(upload.headers.get("location") ?? "", target.registryURL);
  location.searchParams.set("digest", digest);
  await send(target, "PUT", location.href, { body: content, type: "application/octet-stream" });
  return { mediaType, digest, size: content.length };
}

async function send(
  target: PushTarget,
  method: "POST" | "PUT",
  path: string,
  content?: { readonly body: Buffer; readonly type: string },
): Promise<Response> {
  const credentials = Buffer.from(`${target.username}:${target.password}`).toString("base64");
  const response = await fetch(new URL(path, target.registryURL), {
    method,
    headers: {
      authorization: `Basic ${credentials}`,
      ...(content === undefined ? {} : { "content-type": content.type }),
    },
    ...(content === undefined ? {} : { body: new Uint8Array(content.body) }),
  });
  const answer = await response.text();
  if (!response.ok) {
    throw new Error(`cannot push to ${target.repository}: ${method} answered ${response.status}: ${answer}`);
  }
  return response;
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
