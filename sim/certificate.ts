import { generate } from "selfsigned";

/** Certificate and key of a server on 127.0.0.1, both PEM. The certificate is its own CA. */
export type Certificate = { readonly certPem: string; readonly keyPem: string; readonly caPem: string };

const VALID_MS = 365 * 24 * 60 * 60 * 1000;

/** Makes a fresh certificate for `127.0.0.1` and `localhost`. */
export async function createCertificate(): Promise<Certificate> {
  const now = Date.now();
  const pems = await generate([{ name: "commonName", value: "embedded-kube-apiserver" }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(now - 60_000),
    notAfterDate: new Date(now + VALID_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 7, ip: "127.0.0.1" },
          { type: 2, value: "localhost" },
        ],
      },
    ],
  });
  return { certPem: pems.cert, keyPem: pems.private, caPem: pems.cert };
}
