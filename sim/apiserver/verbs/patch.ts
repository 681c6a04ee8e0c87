import type { JsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { ApiError, badRequest, invalid, notFound, unknownPatchType, unsupportedMediaType } from "../api/api-error.ts";
import { asJson } from "../schema/as-json.ts";
import { jsonPatch } from "../apply/json-patch.ts";
import { mergePatch } from "../apply/merge-patch.ts";
import { PatchError } from "../apply/patch-error.ts";
import { strategicMergePatch } from "../kubectl/strategic-merge-patch.ts";
import { type Resource, subjectOf } from "../registry/resource.ts";
import { decodeObject, parseJson, parseJsonObject } from "../request/decode-object.ts";
import { parseWriteOptions } from "../request/write-options.ts";
import { applyObject } from "./apply.ts";
import type { Call } from "./call.ts";
import { liveObject, updateObject } from "./update.ts";
import type { Written } from "./written.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";
const APPLY_PATCH = "application/apply-patch+yaml";

/** Changes an object by whatever kind of patch the content type says. */
export function patchObject(call: Call): Written {
  const type = (call.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  if (type === APPLY_PATCH) {
    return applyObject(call);
  }
  const patch = patchFunction(type, call);
  const options = parseWriteOptions(call.query, call.headers["user-agent"]);
  if (call.query.has("force")) {
    const message = "Forbidden: may not be specified for non-apply patch";
    throw invalid({ group: "meta.k8s.io", kind: "PatchOptions", name: "" }, [
      { field: "force", reason: "FieldValueForbidden", message },
    ]);
  }
  if (liveObject(call) === undefined) {
    throw notFound(subjectOf(call.resource, call.info.name));
  }
  const derive = (live: Obj): Obj => decodeObject(call.resource, patched(live, patch));
  return { object: updateObject(call, { derive, needsResourceVersion: false }, options), created: false };
}

function patched(live: Obj, patch: PatchFunction): JsonObject {
  try {
    return patch(asJson(live));
  } catch (error) {
    if (!(error instanceof PatchError)) {
      throw error;
    }
    const { code, reason, message } = error;
    throw new ApiError({ code, reason, message, ...(code === 422 && { causes: [] }) });
  }
}

type PatchFunction = (target: JsonObject) => JsonObject;

function patchFunction(type: string, { resource, body }: Call): PatchFunction {
  switch (type) {
    case JSON_PATCH: {
      const operations = parseJson(body);
      return (target) => jsonPatch(target, operations);
    }
    case MERGE_PATCH: {
      const patch = parseJsonObject(body);
      return (target) => mergePatch(target, patch);
    }
    case STRATEGIC_MERGE_PATCH:
      if (isBuiltIn(resource)) {
        const patch = parseJsonObject(body);
        return (target) => strategicMergePatch(target, patch);
      }
      throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, APPLY_PATCH]);
    case "":
      throw badRequest("a patch needs a content type");
    default:
      throw unknownPatchType();
  }
}

function isBuiltIn({ strategy }: Resource): boolean {
  return strategy.schema === undefined;
}
