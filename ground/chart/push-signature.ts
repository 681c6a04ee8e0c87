import type { KeyObject } from "node:crypto";

import { digestOfTag, pushArtifact, type PushTarget } from "./push-artifact.ts";
import { signManifest } from "./sign-manifest.ts";

const CONFIG = "application/vnd.oci.image.config.v1+json";
const PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json";

/** Signs what a tag names as `cosign sign --key` does: the signature lies beside it, under a tag made of its digest. */
export async function pushSignature(target: PushTarget, privateKey: KeyObject): Promise<void> {
  const digest = await digestOfTag(target);
  const { payload, signature } = signManifest(digest, privateKey);
  const annotations = { "dev.cosignproject.cosign/signature": signature };
  await pushArtifact(
    { ...target, tag: `${digest.replace(":", "-")}.sig` },
    {
      config: { mediaType: CONFIG, content: Buffer.from("{}") },
      layer: { mediaType: PAYLOAD, content: payload, annotations },
    },
  );
}
