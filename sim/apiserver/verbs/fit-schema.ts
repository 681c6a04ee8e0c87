import type { Obj } from "../../object.ts";
import { badRequest } from "../api/api-error.ts";
import type { WriteOptions } from "../request/write-options.ts";
import type { Call } from "./call.ts";

/** Drops what a custom resource's schema does not know and fills in its defaults; built-ins pass as they are. */
export function fitSchema(call: Call, object: Obj, fieldValidation: WriteOptions["fieldValidation"]): Obj {
  const schema = call.resource.strategy.schema;
  if (schema === undefined) {
    return object;
  }
  const pruned = schema.prune(object);
  const unknown = pruned.dropped.toSorted().map((field) => `unknown field "${field}"`);
  if (unknown.length > 0 && fieldValidation === "Strict") {
    throw badRequest(
      `${object.kind} in version "${call.resource.version}" cannot be handled as a ${object.kind}: strict decoding error: ${unknown.join(", ")}`,
    );
  }
  if (fieldValidation === "Warn") {
    call.warnings.push(...unknown);
  }
  return schema.applyDefaults(pruned.object);
}
