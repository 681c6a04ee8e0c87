import { CORE_SCHEMA, load } from "js-yaml";
import type { CredentialReading } from "./cached-credentials.ts";
import type { Credential } from "./credentials.ts";
import { Fields } from "./fields.ts";
import { isRecord } from "./record.ts";
import { bearer, certificatePair } from "./user-entry.ts";

/** Reads what a credential plugin printed: an `ExecCredential` of the version it was asked for. */
export function readExecAnswer(exec: Fields, apiVersion: string, output: string): CredentialReading {
  const answer = new Fields(`${exec.owner}: output of the plugin`, parse(exec, output));
  if ((answer.text("kind") ?? "ExecCredential") !== "ExecCredential" || answer.text("apiVersion") !== apiVersion) {
    throw answer.error("kind", `must be ExecCredential of ${apiVersion}`);
  }
  const status = answer.fields("status") ?? new Fields(`${answer.owner}: status`, {});
  const authorization = bearer(status, status.text("token"));
  const clientCertificate = readPair(status);
  if (authorization === undefined && clientCertificate === undefined) {
    throw status.error("token", "or clientCertificateData must be there: the plugin gave no credential");
  }
  const credential: Credential = {
    headers: authorization === undefined ? {} : { authorization },
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  };
  return { credential, validUntilMs: expiry(status) };
}

function readPair(status: Fields): Credential["clientCertificate"] {
  const cert = status.text("clientCertificateData");
  const key = status.text("clientKeyData");
  if (cert !== undefined && key !== undefined) {
    return certificatePair(status, ["clientCertificateData", "clientKeyData"], { cert, key });
  }
  if (cert !== key) {
    throw status.error("clientCertificateData", "and clientKeyData must be given together");
  }
  return undefined;
}

function expiry(status: Fields): number {
  const text = status.text("expirationTimestamp");
  const at = text === undefined ? Number.POSITIVE_INFINITY : Date.parse(text);
  if (Number.isNaN(at)) {
    throw status.error("expirationTimestamp", "must be an RFC 3339 time");
  }
  return at;
}

function parse(exec: Fields, output: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = load(output, { schema: CORE_SCHEMA, json: true });
  } catch {
    // The parser quotes the text, which may be a secret.
  }
  if (!isRecord(parsed)) {
    throw exec.error("command", "printed something that is not JSON, or YAML, with an ExecCredential");
  }
  return parsed;
}
