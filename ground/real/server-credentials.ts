import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCertificate } from "../../sim/certificate.ts";

/** Secrets of one API server, in memory and on disk. */
export type ServerCredentials = {
  readonly caPem: string;
  /** Bearer token of an administrator. */
  readonly adminToken: string;
  readonly files: {
    readonly certificate: string;
    readonly key: string;
    /** Users by token. */
    readonly tokens: string;
    /** Key that signs service account tokens. */
    readonly serviceAccountKey: string;
  };
};

/** Makes a serving certificate, an administrator and a signing key, and writes them. */
export async function makeServerCredentials(folder: string): Promise<ServerCredentials> {
  const { certPem, keyPem, caPem } = await createCertificate();
  const adminToken = randomBytes(24).toString("hex");
  const files = {
    certificate: join(folder, "tls.crt"),
    key: join(folder, "tls.key"),
    tokens: join(folder, "tokens.csv"),
    serviceAccountKey: join(folder, "service-account.key"),
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await Promise.all([
    writeSecret(files.certificate, certPem),
    writeSecret(files.key, keyPem),
    writeSecret(files.tokens, `${adminToken},admin,admin,"system:masters"\n`),
    writeSecret(files.serviceAccountKey, signingKey()),
  ]);
  return { caPem, adminToken, files };
}

function signingKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" });
}

async function writeSecret(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
}
