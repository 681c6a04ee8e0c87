import { generate } from "selfsigned";

/** A certificate and its private key, both PEM. */
export type KeyPair = { readonly certificate: string; readonly key: string };

/** Makes a certificate authority and a serving certificate of it for 127.0.0.1. */
export async function makeCertificates(): Promise<{ readonly authority: KeyPair; readonly serving: KeyPair }> {
  const authority = await generate([{ name: "commonName", value: "ground" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const serving = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    keyType: "ec",
    algorithm: "sha256",
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  return {
    authority: { certificate: authority.cert, key: authority.private },
    serving: { certificate: serving.cert, key: serving.private },
  };
}
