import type { Clock } from "../../kube/clock.ts";
import { DeadlineError, withDeadline } from "../../kube/deadline.ts";
import { ForbiddenError, UnauthorizedError } from "../../kube/errors.ts";
import { describeError } from "../command/describe-error.ts";
import type { Finding, NamelessFinding } from "../service/finding.ts";

/** One look at the clusters. */
export type Check = {
  /** In one word. */
  readonly name: string;
  readonly look: (signal: AbortSignal) => Promise<readonly NamelessFinding[]>;
};

/** A server that does not answer must not keep what the others say from the operator. */
const CHECK_MS = 20_000;

/** Makes a finding about something that is as it should be. */
export function ok(found: string): NamelessFinding {
  return { level: "ok", found };
}

/** Runs a check. What it throws becomes a finding; only the end of `signal` is thrown. */
export async function runCheck(
  { name, look }: Check,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<readonly Finding[]> {
  try {
    const findings = await withDeadline({ clock, signal, timeoutMs: CHECK_MS }, look);
    return findings.map((finding) => ({ check: name, ...finding }));
  } catch (error) {
    signal.throwIfAborted();
    return [{ check: name, ...findingOfError(error) }];
  }
}

function findingOfError(error: unknown): NamelessFinding {
  const found = describeError(error);
  if (error instanceof ForbiddenError) {
    return { level: "unknown", found, advice: "run doctor with an account that may read this; docs/permissions.md" };
  }
  if (error instanceof UnauthorizedError) {
    return { level: "failed", found, expected: "credentials that the API server accepts" };
  }
  return error instanceof DeadlineError
    ? { level: "failed", found, advice: "find out what keeps the API server from answering" }
    : { level: "failed", found };
}
