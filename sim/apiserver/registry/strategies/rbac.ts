import { deepEqual } from "../../../deep-equal.ts";
import { isJsonObject } from "../../../json.ts";
import type { Obj } from "../../../object.ts";
import { listAt, objectAt } from "../../../value-at.ts";
import type { Violation } from "../../api/api-error.ts";
import { PLAIN_STRATEGY, type Strategy, type Transition } from "../resource.ts";

/** Roles and bindings: a binding's role never changes. */
export const rbacStrategy: Strategy = {
  ...PLAIN_STRATEGY,
  allowsCreateOnUpdate: true,
  nameRule: "segment",
  defaults: ({ after }) => withDefaults(after),
  validate: validateRoleRef,
};

function withDefaults(object: Obj): Obj {
  if (!object.kind.endsWith("Binding")) {
    // The storage of a real server does not tell an empty list from none.
    return { ...object, rules: listAt(object, "rules").length === 0 ? null : object["rules"] };
  }
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", ...objectAt(object, "roleRef") };
  return "subjects" in object ? { ...object, roleRef, subjects: subjectsOf(object) } : { ...object, roleRef };
}

function subjectsOf(binding: Obj): readonly unknown[] {
  return listAt(binding, "subjects").map((subject) =>
    isJsonObject(subject) && subject["kind"] !== "ServiceAccount" && subject["apiGroup"] === undefined
      ? { ...subject, apiGroup: "rbac.authorization.k8s.io" }
      : subject,
  );
}

function validateRoleRef({ before, after }: Transition): readonly Violation[] {
  if (before === undefined || deepEqual(before["roleRef"], after["roleRef"])) {
    return [];
  }
  const { apiGroup: APIGroup, kind: Kind, name: Name } = objectAt(after, "roleRef");
  const value = JSON.stringify({ APIGroup, Kind, Name });
  return [{ field: "roleRef", reason: "FieldValueInvalid", message: `Invalid value: ${value}: cannot change roleRef` }];
}
