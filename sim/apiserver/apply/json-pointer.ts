import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { isJsonList } from "../schema/as-json.ts";
import { PatchError } from "./patch-error.ts";

/** Splits a JSON pointer into its unescaped tokens. */
export function parsePointer(pointer: string): readonly string[] {
  if (pointer === "") {
    return [];
  }
  if (!pointer.startsWith("/")) {
    throw PatchError.unprocessable();
  }
  return pointer
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at a path, or `undefined` where there is none. */
export function valueAtPointer(document: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const token of path) {
    if (isJsonList(value)) {
      value = value[indexOf(token, value.length - 1)];
    } else {
      value = isJsonObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
    }
  }
  return value;
}

/** Changes the container that holds the last token of a path, and copies what encloses it. */
export function changeAt(
  document: Json,
  path: readonly string[],
  change: (container: Json, token: string) => Json,
): Json {
  const [token, ...rest] = path;
  if (token === undefined) {
    throw PatchError.unprocessable();
  }
  if (rest.length === 0) {
    return change(document, token);
  }
  const child = valueAtPointer(document, [token]);
  if (child === undefined) {
    throw PatchError.unprocessable();
  }
  return withChild(document, token, changeAt(child, rest, change));
}

/** Puts a value in: sets a field, or inserts an item (`-` appends). */
export function insertValue(container: Json, token: string, value: Json): Json {
  if (isJsonList(container)) {
    const index = token === "-" ? container.length : indexOf(token, container.length);
    return container.toSpliced(index, 0, value);
  }
  return withChild(container, token, value);
}

/** Takes a value out; it has to be there. */
export function removeValue(container: Json, token: string): Json {
  if (valueAtPointer(container, [token]) === undefined) {
    throw PatchError.unprocessable();
  }
  if (isJsonList(container)) {
    return container.toSpliced(indexOf(token, container.length - 1), 1);
  }
  const { [token]: _removed, ...rest } = objectOf(container);
  return rest;
}

function withChild(container: Json, token: string, value: Json): Json {
  if (isJsonList(container)) {
    return container.with(indexOf(token, container.length - 1), value);
  }
  return { ...objectOf(container), [token]: value };
}

function objectOf(value: Json): JsonObject {
  if (!isJsonObject(value)) {
    throw PatchError.unprocessable();
  }
  return value;
}

function indexOf(token: string, last: number): number {
  const index = Number(token);
  if (!/^(0|[1-9]\d*)$/u.test(token) || index > last) {
    throw PatchError.unprocessable();
  }
  return index;
}
