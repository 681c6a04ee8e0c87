import type { KubeClient } from "../../kube/client.ts";
import { secrets, type Secret } from "../../kube/core.ts";
import { isRecord } from "../../kube/json.ts";
import { parseUntrustedKubeconfig } from "../../kube/kubeconfig.ts";
import { accessRequests, type AccessRequest } from "../platform/kinds.ts";
import { readKubeconfig } from "../platform/kubeconfig-secret.ts";
import { accessState } from "../platform/tenant-access.ts";
import type { NamelessFinding } from "../service/finding.ts";
import { ok } from "./check.ts";

/** From when to when a token is valid, in ms, as far as anybody says. */
export type Validity = { readonly fromMs?: number; readonly untilMs?: number };

/** The platform renews a token when a fifth of its life is left. */
const SHORTEST_REST = 0.1;
const SHORT_REST_MS = 10 * 60_000;
/** Of so many tenants the token is looked at: each is one request. */
const MOST_TENANTS = 100;
const LANES = 16;

/** Reads from when to when the token of a kubeconfig Secret is valid. Keeps nothing of the token. */
export async function validityOf(secret: Secret, signal: AbortSignal): Promise<Validity> {
  const [fromMs, untilMs] = ["creationTimestamp", "expirationTimestamp"].map((key) => secondsIn(secret, key));
  const claims = claimsIn(await bearerOf(secret, signal));
  const [issued, expires] = [claims["iat"] ?? claims["nbf"], claims["exp"]].map((seconds) =>
    typeof seconds === "number" ? seconds * 1000 : undefined,
  );
  const [from, until] = [issued ?? fromMs, expires ?? untilMs];
  return { ...(from !== undefined && { fromMs: from }), ...(until !== undefined && { untilMs: until }) };
}

function secondsIn({ data = {} }: Secret, key: string): number | undefined {
  const text = Buffer.from(data[key] ?? "", "base64").toString("utf8");
  return /^\d+$/.test(text) ? Number(text) * 1000 : undefined;
}

async function bearerOf(secret: Secret, signal: AbortSignal): Promise<string> {
  const { credentials } = parseUntrustedKubeconfig(readKubeconfig(secret));
  const { headers } = await credentials({ signal });
  return String(headers["authorization"] ?? "").replace(/^Bearer /, "");
}

/** The claims of a JSON web token; nothing for a token of another form. */
function claimsIn(token: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return isRecord(claims) ? claims : {};
  } catch {
    return {};
  }
}

/** Says whether a token is valid, and will be renewed in time. Pure. */
export function judgeToken(subject: string, { fromMs, untilMs }: Validity, nowMs: number): NamelessFinding {
  if (untilMs === undefined) {
    return ok(`${subject} has no end`);
  }
  const leftMs = untilMs - nowMs;
  const advice = "find out why the platform does not renew the Secret of the AccessRequest";
  if (leftMs <= 0) {
    return { level: "failed", found: `${subject} has expired ${inWords(-leftMs)} ago`, advice };
  }
  if (fromMs !== undefined && fromMs - nowMs > 60_000) {
    const found = `${subject} is valid only in ${inWords(fromMs - nowMs)}`;
    return { level: "failed", found, advice: "synchronize the clocks of the clusters" };
  }
  const lifeMs = fromMs === undefined ? 0 : untilMs - fromMs;
  return leftMs < Math.max(lifeMs * SHORTEST_REST, SHORT_REST_MS)
    ? {
        level: "warning",
        found: `${subject} expires in ${inWords(leftMs)}`,
        expected: "a token that is renewed when a fifth of its life is left",
        advice,
      }
    : ok(`${subject} expires in ${inWords(leftMs)}`);
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
] as const;

function inWords(ms: number): string {
  const [unit, lengthMs] = UNITS.find(([, length]) => ms >= 2 * length) ?? ["s", 1000];
  return `${Math.floor(ms / lengthMs)} ${unit}`;
}

type Deps = { readonly platform: KubeClient; readonly nowMs: number; readonly signal: AbortSignal };

/** Looks at the token with which `run` reaches the onboarding cluster. */
export async function lookAtOnboardingToken(
  request: { readonly name: string; readonly namespace: string },
  { platform, nowMs, signal }: Deps,
): Promise<readonly NamelessFinding[]> {
  const access = accessState(await platform.find(accessRequests, request, signal));
  if (access.state !== "granted") {
    // Whoever cannot reach the onboarding cluster because of it says so.
    return [];
  }
  const ref = { name: access.secretName, namespace: request.namespace };
  const secret = await platform.get(secrets, ref, signal);
  return [judgeToken("the token for the onboarding cluster", await validityOf(secret, signal), nowMs)];
}

/** Looks at the access to the clusters of tenants: how many requests are granted, and when their tokens end. */
export async function lookAtTenantTokens(
  { labelSelector, program }: { readonly labelSelector: string; readonly program: string },
  { platform, nowMs, signal }: Deps,
): Promise<readonly NamelessFinding[]> {
  let [tenants, granted] = [0, 0];
  // Those that were made first have the tokens that had most time to be forgotten.
  let oldest: readonly AccessRequest[] = [];
  for await (const { items } of platform.pages(accessRequests, { labelSelector, signal })) {
    const ofTenants = items.filter(({ metadata }) => metadata.labels?.["openmcp.cloud/onboarding-name"] !== undefined);
    const usable = ofTenants.filter((request) => accessState(request).state === "granted");
    tenants += ofTenants.length;
    granted += usable.length;
    oldest = [...oldest, ...usable].toSorted(byAge).slice(0, MOST_TENANTS);
  }
  const findings = await inLanes(oldest, async (request) => judgeTenant(request, { platform, nowMs, signal }));
  return summarizeTokens(findings, { tenants, granted, program });
}

function byAge(one: AccessRequest, other: AccessRequest): number {
  const [first = "", second = ""] = [one, other].map(({ metadata }) => metadata.creationTimestamp);
  return first < second ? -1 : Number(first > second);
}

async function judgeTenant(request: AccessRequest, { platform, nowMs, signal }: Deps): Promise<NamelessFinding> {
  const access = accessState(request);
  const { name, namespace = "" } = request.metadata;
  const subject = `the token of AccessRequest ${namespace}/${name}`;
  if (access.state !== "granted") {
    return ok(subject);
  }
  const secret = await platform.find(secrets, { name: access.secretName, namespace }, signal);
  if (secret === undefined) {
    return { level: "failed", found: `Secret ${namespace}/${access.secretName} of a granted AccessRequest is gone` };
  }
  try {
    return judgeToken(subject, await validityOf(secret, signal), nowMs);
  } catch {
    return { level: "failed", found: `Secret ${namespace}/${access.secretName} has no kubeconfig that can be used` };
  }
}

/** Says of many tokens what is wrong with the first ones, and how many there are. Pure. */
export function summarizeTokens(
  findings: readonly NamelessFinding[],
  counts: { readonly tenants: number; readonly granted: number; readonly program: string },
): readonly NamelessFinding[] {
  const { tenants, granted, program } = counts;
  const problems = findings.filter(({ level }) => level !== "ok");
  const [first] = problems;
  const open = tenants - granted;
  return [
    ...(open > 0
      ? [
          {
            level: "warning",
            found: `${open} of ${tenants} AccessRequests of tenants are not granted`,
            expected: "access that the platform grants within a minute",
            advice: `${program} status --failing`,
          } as const,
        ]
      : []),
    ...(first === undefined
      ? findings.length === 0
        ? []
        : [ok(`the tokens of ${findings.length} of ${granted} tenants are valid`)]
      : [
          {
            ...first,
            found: `${first.found}${problems.length > 1 ? `, and ${problems.length - 1} more of the ${findings.length} oldest are no better` : ""}`,
          },
        ]),
  ];
}

async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const shared = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of shared) {
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}
