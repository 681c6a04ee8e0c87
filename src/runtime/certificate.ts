import { readFile } from "node:fs/promises";
import type { Clock } from "../kube/clock.ts";
import type { Certificate } from "./http-server.ts";
import { Failures } from "./failures.ts";
import type { Log } from "./log.ts";

/** Files of a certificate and its private key, PEM. */
export type CertificateFiles = { readonly certPath: string; readonly keyPath: string };

const LOOK_AGAIN_MS = 10_000;

/** Reads a certificate and its private key. */
export async function readCertificate({ certPath, keyPath }: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([readFile(certPath, "utf8"), readFile(keyPath, "utf8")]);
  return { cert, key };
}

/**
 * Calls `use` with each new content of the files until `signal` is aborted.
 *
 * Reads the files every 10 s, because file events miss some changes of a mounted Secret. Files that cannot be read or
 * used are logged, and the last good certificate stays in use.
 */
export async function followCertificate(
  files: CertificateFiles,
  options: {
    readonly current: Certificate;
    readonly use: (certificate: Certificate) => void;
    readonly clock: Clock;
    readonly log: Log;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { use, clock, log, signal } = options;
  const failures = new Failures();
  let current = options.current;
  for (;;) {
    await clock.sleep(LOOK_AGAIN_MS, signal);
    if (signal.aborted) {
      return;
    }
    try {
      const next = await readCertificate(files);
      if (next.cert !== current.cert || next.key !== current.key) {
        current = next;
        use(next);
        log.info({ path: files.certPath }, "using the new certificate");
      }
      failures.end(files.certPath);
    } catch (error) {
      const level = failures.level(files.certPath, error);
      log[level]({ err: error, path: files.certPath }, "cannot use the new certificate, keeping the last good one");
    }
  }
}
