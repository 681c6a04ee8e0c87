import type { Obj } from "../../object.ts";
import { recordUpdate } from "../apply/record-update.ts";
import { kubeTime } from "../api/kube-time.ts";
import { apiVersionOf } from "../api/served-resource.ts";
import type { Call } from "./call.ts";

/** Writes down in `metadata.managedFields` which fields of `after` the manager has set by a create, update or patch. */
export function trackFields(
  call: Call,
  manager: string,
  { before, after }: { readonly before?: Obj; readonly after: Obj },
): Obj {
  return recordUpdate({
    ...(before !== undefined && { before }),
    after: { ...after, metadata: withManagedFieldsOf(before, after) },
    manager,
    ...(call.resource.strategy.schema !== undefined && { schema: call.resource.strategy.schema }),
    time: kubeTime(call.core.clock.now()),
    ...(call.info.subresource !== "" && { subresource: call.info.subresource }),
    apiVersion: apiVersionOf(call.resource),
    resetFields: resetFieldsOf(call),
  });
}

/** Top-level fields that the call's path does not write; nobody becomes their owner through it. */
export function resetFieldsOf({ resource, info }: Call): readonly string[] {
  if (info.subresource === "status") {
    return resource.strategy.schema === undefined ? ["spec"] : ["spec", "metadata"];
  }
  return resource.subresources.includes("status") ? ["status"] : [];
}

function withManagedFieldsOf(before: Obj | undefined, after: Obj): Obj["metadata"] {
  const { managedFields, ...metadata } = after.metadata;
  const kept = managedFields ?? before?.metadata.managedFields;
  return kept === undefined ? metadata : { ...metadata, managedFields: kept };
}
