import type { KubeClient } from "../../kube/client.ts";
import { unlessNotFound } from "../../kube/errors.ts";
import { isRecord } from "../../kube/json.ts";
import type { Resource } from "../../kube/resource.ts";
import type { PolicyRule, TokenAccess } from "../platform/kinds.ts";
import type { NamelessFinding } from "../service/finding.ts";
import type { ScopedRule } from "../service/rights.ts";
import { ok } from "./check.ts";
import type { ClusterName } from "./clusters.ts";

/** A request that an account may have to send. An empty name stands for all objects. */
export type Right = {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly verb: string;
  readonly name: string;
  /** Empty for all namespaces. */
  readonly namespace: string;
};

const selfSubjectAccessReviews: Resource = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  namespaced: false,
};

const selfSubjectReviews: Resource = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  namespaced: false,
};

/** At the same time. */
const LANES = 16;
const EVERYTHING: Right = { group: "*", resource: "*", subresource: "", verb: "*", name: "", namespace: "" };
const MOST_LISTED = 8;

/** Takes rules of the platform cluster apart. Pure. */
export function platformRightsOf(rules: readonly ScopedRule[], namespace: string): readonly Right[] {
  return rules.flatMap((rule) => rightsIn(rule, rule.isOwnNamespaceOnly ? namespace : ""));
}

/** Takes the rules of an AccessRequest apart. Pure. */
export function requestedRights({ permissions = [] }: TokenAccess): readonly Right[] {
  return permissions.flatMap(({ rules, namespace = "" }) => rules.flatMap((rule) => rightsIn(rule, namespace)));
}

function rightsIn(rule: PolicyRule, namespace: string): readonly Right[] {
  const { apiGroups = [], resources = [], resourceNames = [""], verbs } = rule;
  return apiGroups.flatMap((group) =>
    resources.flatMap((path) => {
      const [resource = "", subresource = ""] = path.split("/");
      return verbs.flatMap((verb) =>
        resourceNames.map((name) => ({ group, resource, subresource, verb, name, namespace })),
      );
    }),
  );
}

/** Asks the API server which of the rights the account of the client has. */
export async function lookAtRights(
  cluster: ClusterName,
  rights: readonly Right[],
  { client, signal }: { readonly client: KubeClient; readonly signal: AbortSignal },
): Promise<readonly NamelessFinding[]> {
  const isAllowed = async (right: Right): Promise<boolean> => {
    const answer = await client.review(selfSubjectAccessReviews, { resourceAttributes: right }, signal);
    return answer["allowed"] === true;
  };
  const account = await accountOf(client, signal);
  // An administrator, whom the platform makes of its providers, is one question instead of a hundred.
  const missing = (await isAllowed(EVERYTHING)) ? [] : await refused(rights, isAllowed);
  return [judgeRights({ cluster, account, missing, total: rights.length })];
}

async function accountOf(client: KubeClient, signal: AbortSignal): Promise<string> {
  // Servers before Kubernetes 1.28 do not serve the kind.
  const { userInfo } = (await unlessNotFound(client.review(selfSubjectReviews, {}, signal))) ?? {};
  return isRecord(userInfo) ? String(userInfo["username"]) : "unknown";
}

async function refused(
  rights: readonly Right[],
  isAllowed: (right: Right) => Promise<boolean>,
): Promise<readonly Right[]> {
  const missing = new Set<Right>();
  const shared = rights.values();
  const lane = async (): Promise<void> => {
    for (const right of shared) {
      if (!(await isAllowed(right))) {
        missing.add(right);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return rights.filter((right) => missing.has(right));
}

/** Says which rights an account does not have. Pure. */
export function judgeRights({
  cluster,
  account,
  missing,
  total,
}: {
  readonly cluster: ClusterName;
  readonly account: string;
  readonly missing: readonly Right[];
  readonly total: number;
}): NamelessFinding {
  if (missing.length === 0) {
    return ok(`account ${account} has every right on the ${cluster} cluster that run needs`);
  }
  const listed = describeRights(missing);
  const more = listed.length - MOST_LISTED;
  return {
    level: "failed",
    found:
      `account ${account} lacks ${missing.length} of ${total} rights on the ${cluster} cluster: ` +
      `${listed.slice(0, MOST_LISTED).join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
    expected: "the rights of run in docs/permissions.md",
    advice:
      cluster === "platform"
        ? "bind a ClusterRole with these rights to the service account of the provider; if the account is your own, run doctor in the provider's pod"
        : "let the platform grant what the AccessRequest of the provider in its own namespace requests",
  };
}

/** Rights in words, those that differ by their verb only in one. */
function describeRights(rights: readonly Right[]): readonly string[] {
  const groups = Map.groupBy(rights, ({ verb: _verb, ...rest }) => JSON.stringify(rest));
  return Array.from(groups.values(), (same) => {
    const verbs = same.map(({ verb }) => verb).join(", ");
    const [first] = same;
    if (first === undefined) {
      return verbs;
    }
    const { group, resource, subresource, name, namespace } = first;
    const path = subresource === "" ? resource : `${resource}/${subresource}`;
    const kind = group === "" ? path : `${path}.${group}`;
    return `${verbs} ${kind}${name === "" ? "" : ` "${name}"`}${namespace === "" ? "" : ` in ${namespace}`}`;
  });
}
