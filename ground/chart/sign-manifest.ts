import { sign, type KeyObject } from "node:crypto";

/** A signature as cosign makes it with a key: of a payload ("simple signing") that names the digest of a manifest. */
export type CosignSignature = {
  readonly payload: Buffer;
  /** ECDSA over SHA-256 of the payload, in base64. */
  readonly signature: string;
};

/** Signs the manifest of an artifact with a private key on the curve P-256. */
export function signManifest(digest: string, privateKey: KeyObject): CosignSignature {
  const critical = {
    identity: { "docker-reference": "" },
    image: { "docker-manifest-digest": digest },
    type: "cosign container image signature",
  };
  const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
  return { payload, signature: sign("sha256", payload, privateKey).toString("base64") };
}
