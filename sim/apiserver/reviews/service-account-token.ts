import type { JsonObject } from "../../json.ts";
import { textAt, valueAt } from "../../value-at.ts";
import { ApiError, notFound } from "../api/api-error.ts";
import type { Tokens } from "../auth/tokens.ts";
import { kubeTime } from "../api/kube-time.ts";
import { parseJsonObject } from "../request/decode-object.ts";
import type { Call } from "../verbs/call.ts";
import { liveObject } from "../verbs/update.ts";

const DEFAULT_SECONDS = 3600;

/** Where tokens come from, and how short-lived they may be. */
export type Issuer = { readonly tokens: Tokens; readonly shortestMs: number };

/** Answers `POST …/serviceaccounts/<name>/token` with a token that is good as long as the account exists. */
export function requestToken(call: Call, { tokens, shortestMs }: Issuer): JsonObject {
  const account = liveObject(call);
  if (account === undefined) {
    throw notFound({ group: "", kind: "serviceaccounts", name: call.info.name });
  }
  const sent = parseJsonObject(call.body);
  const seconds = secondsOf(sent, shortestMs);
  const { name, namespace = "", uid = "" } = account.metadata;
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  const user = { name: `system:serviceaccount:${namespace}:${name}`, groups, uid };
  const boundTo = { namespace, name, uid };
  const token = tokens.issue({ ...user, boundTo }, seconds * 1000);
  const now = call.core.clock.now();
  return {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace, creationTimestamp: kubeTime(now) },
    spec: { audiences: ["https://kubernetes.default.svc"], boundObjectRef: null, expirationSeconds: seconds },
    status: { token, expirationTimestamp: kubeTime(now + seconds * 1000) },
  };
}

function secondsOf(sent: JsonObject, shortestMs: number): number {
  const seconds = valueAt(sent, "spec", "expirationSeconds") ?? DEFAULT_SECONDS;
  if (typeof seconds === "number" && seconds * 1000 >= shortestMs) {
    return seconds;
  }
  const field = "spec.expirationSeconds";
  const message = `Invalid value: ${JSON.stringify(seconds)}: may not specify a duration less than 10 minutes`;
  throw new ApiError({
    code: 422,
    reason: "Invalid",
    message: `TokenRequest.authentication.k8s.io "${textAt(sent, "metadata", "name")}" is invalid: ${field}: ${message}`,
    subject: { group: "authentication.k8s.io", kind: "TokenRequest", name: "" },
    causes: [{ reason: "FieldValueInvalid", message, field }],
  });
}
