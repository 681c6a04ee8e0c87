import { deepEqual } from "../../deep-equal.ts";
import type { Obj } from "../../object.ts";
import { textAt, valueAt } from "../../value-at.ts";
import { invalid } from "../api/api-error.ts";
import { type Registry, splitApiVersion } from "../registry/registry.ts";
import { kindSubjectOf, type Resource } from "../registry/resource.ts";
import type { Storage } from "../storage/storage.ts";
import { isAllowed } from "./rbac.ts";
import type { User } from "./tokens.ts";

/** Who writes a policy or a binding. */
type Writing = {
  readonly storage: Storage;
  readonly registry: Registry;
  readonly resource: Resource;
  readonly user: User;
};

type Transition = { readonly before: Obj | undefined; readonly after: Obj };

/** The field in which each kind names parameters. */
const FIELDS: Readonly<Record<string, "paramKind" | "paramRef">> = {
  ValidatingAdmissionPolicy: "paramKind",
  ValidatingAdmissionPolicyBinding: "paramRef",
};
const GROUP = "admissionregistration.k8s.io";
const POLICIES = `validatingadmissionpolicies.${GROUP}`;

/** Refuses a policy with parameters that its writer may not read, and a binding to such parameters. */
export function checkParameterAccess(writing: Writing, { before, after }: Transition): void {
  const field = writing.resource.group === GROUP ? FIELDS[after.kind] : undefined;
  const named = field && valueAt(after, "spec", field);
  if (field === undefined || named === undefined) {
    return;
  }
  if (before !== undefined && deepEqual(valueAt(before, "spec", field), named)) {
    return;
  }
  const why = field === "paramKind" ? refuseKind(writing, named) : refuseObject(writing, after);
  if (why !== undefined) {
    throw invalid(kindSubjectOf(writing.resource, after.metadata.name), [
      { field: `spec.${field}`, reason: "FieldValueForbidden", message: `Forbidden: user ${writing.user.name} ${why}` },
    ]);
  }
}

function refuseKind(writing: Writing, kind: unknown): string | undefined {
  const isReadable = isAllowed(writing.storage, writing.user, {
    verb: "get",
    path: "",
    ...kindOf(writing, kind),
    namespace: "*",
    name: "*",
  });
  const text = `(kind=${textAt(kind, "kind")}, apiVersion=${textAt(kind, "apiVersion")})`;
  return isReadable ? undefined : `must have "get" permission on all objects of the referenced paramKind ${text}`;
}

function refuseObject(writing: Writing, binding: Obj): string | undefined {
  const policy = writing.storage.collection(POLICIES).get(textAt(binding, "spec", "policyName"));
  const name = textAt(binding, "spec", "paramRef", "name");
  const verb = name === "" ? "list" : "get";
  const isReadable = isAllowed(writing.storage, writing.user, {
    verb,
    path: "",
    ...kindOf(writing, valueAt(policy, "spec", "paramKind")),
    namespace: textAt(binding, "spec", "paramRef", "namespace"),
    name,
  });
  return isReadable ? undefined : `does not have "${verb}" permission on the object referenced by paramRef`;
}

// Of a kind that is not known, everything has to be allowed.
function kindOf({ registry }: Writing, kind: unknown): { readonly group: string; readonly resource: string } {
  const apiVersion = textAt(kind, "apiVersion");
  const found = registry.findKind(apiVersion, textAt(kind, "kind"));
  const [group] = splitApiVersion(apiVersion);
  return kind === undefined ? { group: "*", resource: "*" } : { group, resource: found?.plural ?? "*" };
}
