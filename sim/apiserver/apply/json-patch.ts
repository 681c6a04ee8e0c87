import { deepEqual } from "../../deep-equal.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { asJson, asTyped, isJsonList } from "../schema/as-json.ts";
import { changeAt, insertValue, parsePointer, removeValue, valueAtPointer } from "./json-pointer.ts";
import { PatchError } from "./patch-error.ts";

/** Applies a JSON patch (RFC 6902) as a whole, or throws `PatchError`. */
export function jsonPatch<T extends object>(target: T, patch: unknown): T {
  if (!isJsonList(patch)) {
    throw PatchError.malformed(
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
  }
  let document: Json = asJson(target);
  for (const operation of patch) {
    document = applyOperation(document, isJsonObject(operation) ? operation : {});
  }
  if (!isJsonObject(document)) {
    throw PatchError.unprocessable();
  }
  return asTyped(target, document);
}

function applyOperation(document: Json, operation: JsonObject): Json {
  const path = pointerOf(operation, "path");
  switch (operation["op"]) {
    case "add":
      return add(document, path, valueOf(operation));
    case "remove":
      return remove(document, path);
    case "replace":
      return replace(document, path, valueOf(operation));
    case "move": {
      const from = pointerOf(operation, "from");
      return add(remove(document, from), path, existing(document, from));
    }
    case "copy":
      return add(document, path, existing(document, pointerOf(operation, "from")));
    case "test":
      return test(document, path, operation["value"]);
    default:
      throw PatchError.unprocessable();
  }
}

function add(document: Json, path: readonly string[], value: Json): Json {
  return path.length === 0
    ? value
    : changeAt(document, path, (container, token) => insertValue(container, token, value));
}

function remove(document: Json, path: readonly string[]): Json {
  return changeAt(document, path, removeValue);
}

function replace(document: Json, path: readonly string[], value: Json): Json {
  if (path.length === 0) {
    return value;
  }
  existing(document, path);
  return changeAt(document, path, (container, token) => {
    const without = isJsonList(container) ? removeValue(container, token) : container;
    return insertValue(without, token, value);
  });
}

// As on the real server, a test for `null` also passes where nothing is.
function test(document: Json, path: readonly string[], wanted: Json | undefined): Json {
  if (!deepEqual(valueAtPointer(document, path) ?? null, wanted ?? null)) {
    throw PatchError.unprocessable();
  }
  return document;
}

function existing(document: Json, path: readonly string[]): Json {
  const value = valueAtPointer(document, path);
  if (value === undefined) {
    throw PatchError.unprocessable();
  }
  return value;
}

function pointerOf(operation: JsonObject, field: "path" | "from"): readonly string[] {
  const pointer = operation[field];
  if (typeof pointer !== "string") {
    throw PatchError.unprocessable();
  }
  return parsePointer(pointer);
}

function valueOf(operation: JsonObject): Json {
  const { value } = operation;
  if (value === undefined) {
    throw PatchError.unprocessable();
  }
  return value;
}
