import { deepEqual } from "../../deep-equal.ts";
import { isJsonObject } from "../../json.ts";
import { valueAt } from "../../value-at.ts";

type Step = (value: unknown) => readonly unknown[];

const STEP =
  /^(?:\.?\[\?\(@\.([\w./-]+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([\w.]+))\)\]|\.?\[['"]((?:\\.|[^'"\\])*)['"]\]|\.?\[(\*|-?\d+)\]|\.\*|\.((?:\\.|[^.[\\])+))/u;

/**
 * All values a JSON path leads to: fields, indexes, `[*]` and filters such as `[?(@.type=="Ready")]`.
 *
 * A path that leads nowhere, or uses anything else, gives nothing.
 */
export function findByPath(value: unknown, path: string): readonly unknown[] {
  let rest = path.startsWith(".") || path.startsWith("[") ? path : `.${path}`;
  let found: readonly unknown[] = [value];
  while (rest !== "") {
    const match = STEP.exec(rest);
    if (match === null) {
      return [];
    }
    found = found.flatMap(stepOf(match));
    rest = rest.slice(match[0].length);
  }
  return found;
}

function stepOf(match: RegExpExecArray): Step {
  const [text, filterField, operator, ...rest] = match;
  const [doubleQuoted, singleQuoted, bare, quotedKey, index, key] = rest;
  if (filterField !== undefined) {
    const wanted = doubleQuoted ?? singleQuoted ?? parseBare(bare ?? "");
    return (value) => itemsOf(value).filter((item) => matches(item, filterField, wanted) === (operator === "=="));
  }
  if (index === "*" || text === ".*") {
    return itemsOf;
  }
  if (index !== undefined) {
    return (value) => itemsOf(value).slice(...range(Number(index)));
  }
  const name = (quotedKey ?? key ?? "").replaceAll(/\\(.)/gu, "$1");
  return (value) => (isJsonObject(value) && value[name] !== undefined ? [value[name]] : []);
}

function range(index: number): [start: number, end: number | undefined] {
  return [index, index === -1 ? undefined : index + 1];
}

function matches(item: unknown, field: string, wanted: unknown): boolean {
  return deepEqual(valueAt(item, ...field.split(".")), wanted);
}

function parseBare(text: string): unknown {
  return text === "true" || text === "false" ? text === "true" : Number(text);
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) {
    return value as readonly unknown[];
  }
  return isJsonObject(value) ? Object.values(value) : [];
}
