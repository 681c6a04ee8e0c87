import { writeJson } from "../../json.ts";
const texts = new WeakMap<object, string>();

/** The JSON of an object that never changes in place: it is written once, however many read it. */
export function jsonOf(object: object): string {
  const json = texts.get(object) ?? writeJson(object);
  texts.set(object, json);
  return json;
}
