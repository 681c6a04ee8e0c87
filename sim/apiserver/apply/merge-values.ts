import type { Json, JsonObject } from "../../json.ts";
import type { SchemaNode } from "../schema/schema-node.ts";
import { areEmpty, commonShape, fieldsOf, fieldStep, itemsOf } from "./shape.ts";

/** Lays an applied value over the live one. Items of granular lists keep the order that both sides agree on. */
export function mergeValues(
  node: SchemaNode | undefined,
  live: Json | undefined,
  applied: Json | undefined,
): Json | undefined {
  const shape = commonShape(node, live, applied);
  if (shape.kind === "leaf" || areEmpty(live, applied)) {
    return applied === undefined ? live : applied;
  }
  if (shape.kind === "map") {
    return mergeMaps(node, fieldsOf(live), fieldsOf(applied));
  }
  return mergeLists(node, itemMap(shape.elementOf, live), itemMap(shape.elementOf, applied));
}

function mergeMaps(node: SchemaNode | undefined, live: JsonObject, applied: JsonObject): Json {
  const result: [key: string, value: Json][] = [];
  for (const key of new Set([...Object.keys(live), ...Object.keys(applied)])) {
    const merged = mergeValues(fieldStep(node, key).node, live[key], applied[key]);
    if (merged !== undefined) {
      result.push([key, merged]);
    }
  }
  return Object.fromEntries(result);
}

type Items = ReadonlyMap<string, Json>;

function itemMap(elementOf: (item: Json) => string, value: Json | undefined): Items {
  return new Map(itemsOf(value).map((item) => [elementOf(item), item]));
}

function mergeLists(node: SchemaNode | undefined, live: Items, applied: Items): Json {
  return mergedOrder([...live.keys()], [...applied.keys()]).flatMap((element) => {
    const merged = mergeValues(node?.items, live.get(element), applied.get(element));
    return merged === undefined ? [] : [merged];
  });
}

/** The applied order wins for what both have; what only the live list has comes before the next shared item. */
function mergedOrder(live: readonly string[], applied: readonly string[]): string[] {
  const shared = new Set(live.filter((element) => applied.includes(element)));
  const liveOnly = (elements: readonly string[]): string[] => elements.filter((element) => !shared.has(element));
  const order: string[] = [];
  let rest = live;
  for (const [index, element] of applied.entries()) {
    const nextShared = applied.slice(index).find((candidate) => shared.has(candidate));
    const found = nextShared === undefined ? -1 : rest.indexOf(nextShared);
    const end = found === -1 ? rest.length : found;
    order.push(...liveOnly(rest.slice(0, end)), element);
    rest = rest.slice(rest[end] === element ? end + 1 : end);
  }
  return [...order, ...liveOnly(rest)];
}
