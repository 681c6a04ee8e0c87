import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { LoggedRequest } from "../ground.ts";

/** Files of the log that a kube-apiserver keeps of its requests. */
export type AuditLog = {
  readonly policy: string;
  readonly log: string;
  /** How many bytes of the log are of an earlier time and left out. Default 0. */
  readonly skippedBytes?: number;
};

type AuditEvent = {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
};

const WRITES = ["create", "update", "patch", "delete"];

/** Writes the policy by which every request is logged: without its content, except for writes in some namespaces. */
export async function prepareAuditLog(folder: string, bodiesOf: readonly string[] = []): Promise<AuditLog> {
  const files = { policy: join(folder, "audit-policy.json"), log: join(folder, "audit.log") };
  await writeFile(files.policy, JSON.stringify(policyWith(bodiesOf)));
  return files;
}

function policyWith(bodiesOf: readonly string[]): object {
  const withBodies = { level: "Request", namespaces: bodiesOf, verbs: WRITES };
  return {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived", "Panic"],
    rules: [...(bodiesOf.length === 0 ? [] : [withBodies]), { level: "Metadata" }],
  };
}

/** Reads what an API server has logged so far. */
export async function readAuditLog({ log, skippedBytes = 0 }: AuditLog): Promise<readonly LoggedRequest[]> {
  const bytes = await readFile(log).catch(() => Buffer.of());
  const text = bytes.toString("utf8", skippedBytes);
  // What follows the last line break is still being written.
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  const events = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as AuditEvent);
  return events
    .filter(isAnswered)
    .map(toLoggedRequest)
    .toSorted((one, other) => one.atMs - other.atMs);
}

/** The same log, as if it began now. */
export async function fromNowOn(audit: AuditLog): Promise<AuditLog> {
  const bytes = await readFile(audit.log).catch(() => Buffer.of());
  return { ...audit, skippedBytes: bytes.lastIndexOf("\n") + 1 };
}

// The end of a watch is hours away; what counts is that it was opened.
function isAnswered({ verb, stage }: AuditEvent): boolean {
  return stage === (verb === "watch" ? "ResponseStarted" : "ResponseComplete");
}

function toLoggedRequest(event: AuditEvent): LoggedRequest {
  return {
    verb: event.verb,
    path: event.requestURI,
    userAgent: event.userAgent ?? "",
    code: event.responseStatus?.code ?? 0,
    atMs: Date.parse(event.requestReceivedTimestamp),
  };
}
