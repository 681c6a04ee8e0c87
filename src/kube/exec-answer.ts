import type { CredentialReading } from "./cached-credentials.ts";
import type { Credential } from "./credentials.ts";
import { Fields } from "./fields.ts";
import { isRecord } from "./record.ts";
import { bearer } from "./user-entry.ts";

/** Reads what a credential plugin printed: an `ExecCredential` of the version it was asked for. */
export function readExecAnswer(exec: Fields, apiVersion: string, output: string): CredentialReading {
  const answer = new Fields(`${exec.owner}: output of the plugin`, parse(exec, output));
  if (answer.text("kind") !== "ExecCredential" || answer.text("apiVersion") !== apiVersion) {
    throw answer.error("kind", `must be ExecCredential of ${apiVersion}`);
  }
  const status = answer.fields("status") ?? new Fields(`${answer.owner}: status`, {});
  const authorization = bearer(status, status.text("token"));
  const cert = status.text("clientCertificateData");
  const key = status.text("clientKeyData");
  if ((cert === undefined) !== (key === undefined)) {
    throw status.error("clientCertificateData", "and clientKeyData must be given together");
  }
  const credential: Credential = {
    headers: authorization === undefined ? {} : { authorization },
    ...(cert === undefined || key === undefined ? {} : { clientCertificate: { cert, key } }),
  };
  return { credential, validUntilMs: expiry(status) };
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
  try {
    const parsed: unknown = JSON.parse(output);
    return isRecord(parsed) ? parsed : {};
  } catch {
    throw exec.error("command", "printed something that is not JSON");
  }
}
