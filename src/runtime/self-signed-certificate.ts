import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { Clock } from "../kube/clock.ts";
import { der, name, pem, sequence } from "../kube/der.ts";
import type { Certificate } from "./http-server.ts";

// Longer than any process lives.
const VALID_MS = 10 * 365 * 24 * 60 * 60 * 1000;
const SLACK_MS = 60 * 60 * 1000;
const HOST = "localhost";

const ECDSA_WITH_SHA256 = sequence(oid("2a8648ce3d040302"));

const EXTENSIONS = sequence(
  // basicConstraints: no authority.
  extension("551d13", sequence(), { isCritical: true }),
  // keyUsage: digitalSignature.
  extension("551d0f", der(0x03, Buffer.of(7, 0x80)), { isCritical: true }),
  // extKeyUsage: serverAuth.
  extension("551d25", sequence(oid("2b06010505070301"))),
  // subjectAltName: a DNS name.
  extension("551d11", sequence(der(0x82, Buffer.from(HOST)))),
);

/** Makes a serving certificate for `localhost` that no client can verify, because no authority has signed it. */
export function makeSelfSignedCertificate(clock: Pick<Clock, "now">): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const body = sequence(
    // The third version of X.509, counted from 0.
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, serialNumber()),
    ECDSA_WITH_SHA256,
    name(HOST),
    sequence(time(clock.now() - SLACK_MS), time(clock.now() + VALID_MS)),
    name(HOST),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, EXTENSIONS),
  );
  const signature = der(0x03, Buffer.of(0), sign("sha256", body, privateKey));
  return {
    cert: pem("CERTIFICATE", sequence(body, ECDSA_WITH_SHA256, signature)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
  };
}

// Positive, and without a leading zero.
function serialNumber(): Buffer {
  return Buffer.concat([Buffer.of(1), randomBytes(15)]);
}

// RFC 5280 wants two digits for years before 2050, and four from then on.
function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replaceAll(/\.\d+|\D/g, "");
  return digits < "2050" ? der(0x17, Buffer.from(`${digits.slice(2)}Z`)) : der(0x18, Buffer.from(`${digits}Z`));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

function extension(id: string, value: Buffer, { isCritical = false } = {}): Buffer {
  return sequence(oid(id), ...(isCritical ? [der(0x01, Buffer.of(0xff))] : []), der(0x04, value));
}
