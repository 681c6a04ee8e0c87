import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { isIP } from "node:net";
import { der, name, pem, sequence } from "../der.ts";

/** A certificate with its key. */
export type Issued = {
  readonly subject: string;
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  readonly keys: KeyPair;
};

type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

/** Content of a certificate. */
export type CertificateOptions = {
  readonly subject: string;
  /** Signs the certificate; self-signed when absent. */
  readonly issuer?: Issued;
  readonly isAuthority?: boolean;
  /** Host names and addresses of the server. */
  readonly names?: readonly string[];
  readonly keyType?: "ec" | "rsa";
  readonly digest?: "sha256" | "sha1";
  /** Subject and authority key identifiers, which distinguish authorities of one name. */
  readonly keyIdentifiers?: boolean;
  readonly notAfter?: Date;
};

const SIGNATURES = {
  ec: { sha256: "06082a8648ce3d040302", sha1: "06072a8648ce3d0401" },
  rsa: { sha256: "06092a864886f70d01010b0500", sha1: "06092a864886f70d0101050500" },
} as const;
/** The first and the last day of this century that the short form of a time (UTCTime) can express. */
const ALWAYS = { from: new Date("2000-01-01T00:00:00Z"), until: new Date("2049-12-31T00:00:00Z") };

let serial = 0;

/** Makes a certificate byte by byte: libraries add fields that these tests omit on purpose. */
export function issue(options: CertificateOptions): Issued {
  const { subject, keyType = "ec", digest = "sha256" } = options;
  const keys = createKeys(keyType);
  const issuer = options.issuer ?? { subject, keys };
  const algorithm = sequence(Buffer.from(SIGNATURES[typeOf(issuer.keys)][digest], "hex"));
  serial += 1;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.from(`01${serial.toString(16).padStart(8, "0")}`, "hex")),
    algorithm,
    name(issuer.subject),
    sequence(time(ALWAYS.from), time(options.notAfter ?? ALWAYS.until)),
    name(subject),
    keys.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions(options, keys, issuer.keys))),
  );
  const signature = sign(digest, body, issuer.keys.privateKey);
  const certificate = sequence(body, algorithm, der(0x03, Buffer.of(0), signature));
  return {
    subject,
    cert: pem("CERTIFICATE", certificate),
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }),
    keys,
  };
}

function extensions(options: CertificateOptions, own: KeyPair, issuer: KeyPair): readonly Buffer[] {
  const { isAuthority = false, names = [], keyIdentifiers = true } = options;
  return [
    ...(isAuthority ? [extension("551d13", sequence(Buffer.from("0101ff", "hex")))] : []),
    ...(keyIdentifiers
      ? [
          extension("551d0e", der(0x04, keyIdentifier(own))),
          extension("551d23", sequence(der(0x80, keyIdentifier(issuer)))),
        ]
      : []),
    ...(names.length > 0 ? [extension("551d11", sequence(...names.map(alternativeName)))] : []),
  ];
}

function alternativeName(text: string): Buffer {
  switch (isIP(text)) {
    case 4:
      return der(0x87, Buffer.from(text.split(".").map(Number)));
    case 6:
      return der(0x87, Buffer.from(expanded(text), "hex"));
    default:
      return der(0x82, Buffer.from(text));
  }
}

function expanded(address: string): string {
  const [start = [], end = []] = address
    .split("::")
    .map((part) => part.split(":").map((group) => group.padStart(4, "0")));
  return [...start, ...Array<string>(8 - start.length - end.length).fill("0000"), ...end].join("");
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(der(0x06, Buffer.from(id, "hex")), der(0x04, value));
}

function keyIdentifier({ publicKey }: KeyPair): Buffer {
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

function time(at: Date): Buffer {
  return der(0x17, Buffer.from(at.toISOString().replaceAll(/^\d\d|\D|\d{3}Z$/g, "") + "Z"));
}

function createKeys(type: "ec" | "rsa"): KeyPair {
  return type === "ec"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" })
    : generateKeyPairSync("rsa", { modulusLength: 2048 });
}

function typeOf({ privateKey }: KeyPair): "ec" | "rsa" {
  return privateKey.asymmetricKeyType === "rsa" ? "rsa" : "ec";
}
