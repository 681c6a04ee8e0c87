import { createHash } from "node:crypto";

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

type Annotations = Readonly<Record<string, string>>;

/** A part of an artifact. */
export type Blob = { readonly mediaType: string; readonly content: Buffer; readonly annotations?: Annotations };

/** An artifact of one layer. */
export type Artifact = { readonly config: Blob; readonly layer: Blob; readonly annotations?: Annotations };

type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Annotations;
};

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** Pushes an artifact and tells the digest of its manifest. A tag that exists is moved. */
export async function pushArtifact(target: PushTarget, { config, layer, annotations }: Artifact): Promise<string> {
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: await pushBlob(target, config),
    layers: [await pushBlob(target, layer)],
    ...(annotations !== undefined && { annotations }),
  };
  const body = Buffer.from(JSON.stringify(manifest));
  await send(target, "PUT", `/v2/${target.repository}/manifests/${target.tag}`, { body, type: MANIFEST });
  return digestOf(body);
}

/** Tells the digest of the manifest that a tag names. */
export async function digestOfTag(target: PushTarget): Promise<string> {
  const response = await send(target, "HEAD", `/v2/${target.repository}/manifests/${target.tag}`);
  return response.headers.get("docker-content-digest") ?? "";
}

async function pushBlob(target: PushTarget, { mediaType, content, annotations }: Blob): Promise<Descriptor> {
  const digest = digestOf(content);
  const upload = await send(target, "POST", `/v2/${target.repository}/blobs/uploads/`);
  const location = new URL(upload.headers.get("location") ?? "", target.registryURL);
  location.searchParams.set("digest", digest);
  await send(target, "PUT", location.href, { body: content, type: "application/octet-stream" });
  return { mediaType, digest, size: content.length, ...(annotations !== undefined && { annotations }) };
}

async function send(
  target: PushTarget,
  method: "HEAD" | "POST" | "PUT",
  path: string,
  content?: { readonly body: Buffer; readonly type: string },
): Promise<Response> {
  const credentials = Buffer.from(`${target.username}:${target.password}`).toString("base64");
  const response = await fetch(new URL(path, target.registryURL), {
    method,
    headers: {
      accept: MANIFEST,
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
