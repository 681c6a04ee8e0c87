import { valueAt } from "../../../value-at.ts";
import { isJsonObject } from "../../../json.ts";
import { PLAIN_STRATEGY, type Strategy, type Transition } from "../resource.ts";
import type { Obj } from "../../../object.ts";

/** Namespaces carry their own name as a label and the finalizer `kubernetes` in their spec. */
export const namespaceStrategy: Strategy = {
  ...PLAIN_STRATEGY,
  nameRule: "label",
  selectableFields: { name: ["metadata", "name"], "status.phase": ["status", "phase"] },
  defaults: ({ after }) => withNameLabel(after),
  prepare,
};

function withNameLabel(namespace: Obj): Obj {
  const labels = { ...namespace.metadata.labels, "kubernetes.io/metadata.name": namespace.metadata.name };
  return { ...namespace, metadata: { ...namespace.metadata, labels } };
}

function prepare({ before, after }: Transition): Obj {
  if (before === undefined) {
    const spec = valueAt(after, "spec");
    const finalizers = ["kubernetes"];
    return { ...after, spec: { ...(isJsonObject(spec) && spec), finalizers }, status: { phase: "Active" } };
  }
  return { ...after, spec: before["spec"] };
}
