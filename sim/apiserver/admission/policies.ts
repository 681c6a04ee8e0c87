import type { Obj } from "../../object.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";
import { ApiError } from "../api/api-error.ts";
import type { User } from "../auth/tokens.ts";
import { splitApiVersion } from "../registry/registry.ts";
import { subjectOf } from "../registry/resource.ts";
import { type Admitted, matchesConstraints, selects } from "./match.ts";
import { compilePolicyExpression, type PolicyVariables, policyValue } from "../schema/cel-policy.ts";

/** A write, and who sends it how. */
export type Submitted = Admitted & {
  readonly user: User;
  readonly query: URLSearchParams;
  readonly dryRun: boolean;
  /** Texts for the client's eyes. */
  readonly warnings: string[];
};

const GROUP = "admissionregistration.k8s.io";
const POLICIES = `validatingadmissionpolicies.${GROUP}`;
const BINDINGS = `validatingadmissionpolicybindings.${GROUP}`;
const LONGEST_MESSAGE_BYTES = 5120;
const CODES: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

/** Why a write is refused. */
type Denial = { readonly message: string; readonly reason: string };

/** A policy, one of its bindings, and what they say about a write. */
type Judging = { readonly policy: Obj; readonly binding: Obj; readonly write: Submitted };

/**
 * Refuses a create or an update that a ValidatingAdmissionPolicy with a binding refuses.
 *
 * Policies about other operations, and those that ask an authorizer, say nothing here.
 */
export function checkPolicies(write: Submitted): void {
  const bindings = write.storage.collection(BINDINGS).list();
  if (bindings.length === 0 || write.resource.group === GROUP) {
    return;
  }
  const policies = write.storage.collection(POLICIES).list().toSorted(byName);
  for (const policy of policies.filter((one) => matchesConstraints(valueAt(one, "spec", "matchConstraints"), write))) {
    bindings
      .filter((binding) => textAt(binding, "spec", "policyName") === policy.metadata.name)
      .filter((binding) => matchesConstraints(valueAt(binding, "spec", "matchResources"), write))
      .forEach((binding) => enforce({ policy, binding, write }));
  }
}

function byName(left: Obj, right: Obj): number {
  return left.metadata.name < right.metadata.name ? -1 : 1;
}

function enforce(judging: Judging): void {
  const { policy, binding, write } = judging;
  const actions = listAt(binding, "spec", "validationActions");
  for (const denial of judge(judging)) {
    if (actions.includes("Warn")) {
      write.warnings.push(
        `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}': ${denial.message}`,
      );
    }
    if (actions.includes("Deny")) {
      throw refusal(judging, denial);
    }
  }
}

function refusal({ policy, binding, write }: Judging, { message, reason }: Denial): ApiError {
  const subject = subjectOf(write.resource, write.after.metadata.name);
  const text = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${message}`;
  const kind = subject.group === "" ? subject.kind : `${subject.kind}.${subject.group}`;
  return new ApiError({
    code: CODES[reason] ?? 422,
    reason,
    message: `${kind} "${subject.name}" is forbidden: ${text}`,
    subject,
    causes: [{ message: text }],
  });
}

function judge(judging: Judging): readonly Denial[] {
  try {
    return parametersFor(judging).flatMap((params) => judgeBy(judging, params));
  } catch (error) {
    return failing(judging, `failed to configure binding: ${textOf(error)}`);
  }
}

// What cannot be judged is refused or admitted as the policy says.
function failing({ policy }: Judging, message: string): readonly Denial[] {
  return textAt(policy, "spec", "failurePolicy") === "Ignore" ? [] : [{ message, reason: "Invalid" }];
}

function judgeBy(judging: Judging, params: Obj | null): readonly Denial[] {
  const { policy } = judging;
  const variables = variablesFor(judging, params);
  try {
    if (!matchesConditions(policy, variables)) {
      return [];
    }
  } catch (error) {
    return failing(judging, textOf(error));
  }
  return listAt(policy, "spec", "validations").flatMap((validation) => {
    try {
      return evaluate(textAt(validation, "expression"), variables) === true ? [] : [denialOf(validation, variables)];
    } catch (error) {
      return failing(judging, `expression '${textAt(validation, "expression")}' resulted in error: ${textOf(error)}`);
    }
  });
}

// One that is false counts more than one that fails.
function matchesConditions(policy: Obj, variables: PolicyVariables): boolean {
  const failures: unknown[] = [];
  for (const condition of listAt(policy, "spec", "matchConditions")) {
    try {
      if (evaluate(textAt(condition, "expression"), variables) !== true) {
        return false;
      }
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
  return true;
}

function denialOf(validation: unknown, variables: PolicyVariables): Denial {
  const expression = textAt(validation, "expression").trim();
  const message =
    messageBy(textAt(validation, "messageExpression"), variables) ||
    textAt(validation, "message").trim() ||
    `failed expression: ${expression}`;
  return { message, reason: textAt(validation, "reason") || "Invalid" };
}

function messageBy(expression: string, variables: PolicyVariables): string {
  try {
    const text = expression === "" ? undefined : evaluate(expression, variables);
    const message = typeof text === "string" ? text.trim() : "";
    return message.includes("\n") || Buffer.byteLength(message) > LONGEST_MESSAGE_BYTES ? "" : message;
  } catch {
    return "";
  }
}

function evaluate(expression: string, variables: PolicyVariables): unknown {
  const compiled = compilePolicyExpression(expression);
  if (typeof compiled !== "function") {
    throw new Error(compiled.problem);
  }
  return compiled(variables);
}

/** The objects that a binding names as parameters; one that is none stands for a policy without parameters. */
function parametersFor({ policy, binding, write }: Judging): readonly (Obj | null)[] {
  const kind = valueAt(policy, "spec", "paramKind");
  const ref = valueAt(binding, "spec", "paramRef");
  if (kind === undefined || ref === undefined) {
    return [null];
  }
  const [apiVersion, name] = [textAt(kind, "apiVersion"), textAt(kind, "kind")];
  const resource = write.registry.findKind(apiVersion, name);
  if (resource === undefined) {
    const [group, version] = splitApiVersion(apiVersion);
    throw new Error(`failed to find resource referenced by paramKind: '${group}/${version}, Kind=${name}'`);
  }
  const namespace = textAt(ref, "namespace") || (write.after.metadata.namespace ?? "");
  const found = write.storage
    .collection(resource.collection)
    .list()
    .filter((one) => !resource.namespaced || one.metadata.namespace === namespace)
    .filter((one) =>
      textAt(ref, "name") === ""
        ? selects(valueAt(ref, "selector"), one.metadata.labels ?? {})
        : one.metadata.name === textAt(ref, "name"),
    );
  if (found.length === 0 && textAt(ref, "parameterNotFoundAction") === "Deny") {
    throw new Error("no params found for policy binding with `Deny` parameterNotFoundAction");
  }
  return found;
}

function variablesFor(judging: Judging, params: Obj | null): PolicyVariables {
  const { policy, write } = judging;
  const { storage, resource, before, after } = write;
  const namespace = resource.namespaced
    ? storage.collection("namespaces").get(after.metadata.namespace ?? "")
    : undefined;
  const variables = {};
  const all: PolicyVariables = {
    object: policyValue(after),
    oldObject: policyValue(before),
    request: policyValue(requestOf(write)),
    params: policyValue(params),
    namespaceObject: policyValue(namespace),
    variables,
  };
  // A later one may use those before it, and none is evaluated unless it is used.
  for (const variable of listAt(policy, "spec", "variables")) {
    Object.defineProperty(variables, textAt(variable, "name"), {
      enumerable: true,
      get: () => evaluate(textAt(variable, "expression"), all),
    });
  }
  return all;
}

function requestOf({ resource, subresource, before, after, user, query, dryRun }: Submitted): object {
  const { group, version, plural, kind } = resource;
  const fieldManager = query.get("fieldManager") ?? "";
  return {
    kind: { group, version, kind },
    resource: { group, version, resource: plural },
    ...(subresource !== "" && { subResource: subresource }),
    name: after.metadata.name,
    ...(after.metadata.namespace !== undefined && { namespace: after.metadata.namespace }),
    operation: before === undefined ? "CREATE" : "UPDATE",
    userInfo: { username: user.name, groups: user.groups, ...(user.uid !== undefined && { uid: user.uid }) },
    dryRun,
    options: {
      apiVersion: "meta.k8s.io/v1",
      kind: before === undefined ? "CreateOptions" : "UpdateOptions",
      ...(fieldManager !== "" && { fieldManager }),
    },
  };
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? text).replace(/^No such key/u, "no such key");
}
