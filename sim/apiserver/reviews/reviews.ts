import { isJsonObject, type JsonObject } from "../../json.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";
import type { Attributes } from "../auth/attributes.ts";
import { isAllowed, type PolicyRule, rulesFor } from "../auth/rbac.ts";
import { authenticated, type Tokens, type User } from "../auth/tokens.ts";
import { parseJsonObject } from "../request/decode-object.ts";
import type { Storage } from "../storage/storage.ts";

/** What reviews need to know. `authorizes` is false where everything is allowed. */
export type Reviewer = {
  readonly storage: Storage;
  readonly tokens: Tokens;
  readonly user: User;
  readonly authorizes: boolean;
};

/** Kinds that are only ever created, and answer at once instead of being stored. */
export const REVIEW_KINDS: ReadonlySet<string> = new Set([
  "SelfSubjectAccessReview",
  "SubjectAccessReview",
  "SelfSubjectRulesReview",
  "TokenReview",
  "SelfSubjectReview",
]);

/** Answers a review of the given kind. */
export function review(kind: string, body: string, reviewer: Reviewer): JsonObject {
  const sent = parseJsonObject(body);
  const metadata = isJsonObject(sent["metadata"]) ? sent["metadata"] : {};
  return { ...sent, kind, metadata: { creationTimestamp: null, ...metadata }, status: statusOf(kind, sent, reviewer) };
}

function statusOf(kind: string, sent: JsonObject, reviewer: Reviewer): JsonObject {
  switch (kind) {
    case "SelfSubjectRulesReview":
      return rulesStatus(sent, reviewer);
    case "TokenReview":
      return tokenStatus(sent, reviewer.tokens);
    case "SelfSubjectReview":
      return { userInfo: userInfoOf(reviewer.user) };
    case "SubjectAccessReview": {
      const groups = listAt(sent, "spec", "groups").map(String);
      return accessStatus(sent, { ...reviewer, user: { name: textAt(sent, "spec", "user"), groups } });
    }
    default:
      return accessStatus(sent, reviewer);
  }
}

function accessStatus(sent: JsonObject, { storage, user, authorizes }: Reviewer): JsonObject {
  const allowed = !authorizes || isAllowed(storage, user, attributesOf(valueAt(sent, "spec")));
  return { allowed };
}

function attributesOf(spec: unknown): Attributes {
  const resource = valueAt(spec, "resourceAttributes");
  if (resource === undefined) {
    const asked = valueAt(spec, "nonResourceAttributes");
    return { verb: textAt(asked, "verb"), path: textAt(asked, "path"), group: "", namespace: "", name: "" };
  }
  const subresource = textAt(resource, "subresource");
  const plural = textAt(resource, "resource");
  return {
    verb: textAt(resource, "verb"),
    path: "",
    group: textAt(resource, "group"),
    resource: subresource === "" ? plural : `${plural}/${subresource}`,
    namespace: textAt(resource, "namespace"),
    name: textAt(resource, "name"),
  };
}

function rulesStatus(sent: JsonObject, { storage, user, authorizes }: Reviewer): JsonObject {
  const all: PolicyRule = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: [], nonResourceURLs: [] };
  const isSuperuser = !authorizes || user.groups.includes("system:masters");
  const rules = isSuperuser ? [all] : rulesFor(storage, user, textAt(sent, "spec", "namespace"));
  const resourceRules = rules
    .filter(({ resources }) => resources.length > 0)
    .map(({ verbs, apiGroups, resources, resourceNames }) => ({
      verbs,
      apiGroups,
      resources,
      ...(resourceNames.length > 0 && { resourceNames }),
    }));
  const nonResourceRules = rules
    .filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
    .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  return { resourceRules, nonResourceRules, incomplete: false };
}

function tokenStatus(sent: JsonObject, tokens: Tokens): JsonObject {
  const user = tokens.userOf(textAt(sent, "spec", "token"));
  return user === undefined
    ? { user: {}, error: "invalid bearer token" }
    : { authenticated: true, user: userInfoOf(authenticated(user)) };
}

function userInfoOf({ name, uid, groups }: User): JsonObject {
  return { username: name, ...(uid !== undefined && { uid }), groups };
}
