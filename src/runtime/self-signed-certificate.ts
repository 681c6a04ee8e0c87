import type { Clock } from "../kube/clock.ts";
import type { Certificate } from "./http-server.ts";

// Longer than any process lives: nobody can verify it anyway.
const VALID_MS = 10 * 365 * 24 * 60 * 60 * 1000;
const SLACK_MS = 60 * 60 * 1000;

/** Makes a serving certificate for `localhost` that no authority has signed, and that no client can verify. */
export async function makeSelfSignedCertificate(clock: Pick<Clock, "now">): Promise<Certificate> {
  // Large, and hardly ever needed.
  const { generate } = await import("selfsigned");
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(clock.now() - SLACK_MS),
    notAfterDate: new Date(clock.now() + VALID_MS),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
    ],
  });
  return { cert, key };
}
