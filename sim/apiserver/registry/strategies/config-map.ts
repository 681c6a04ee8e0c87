import type { Obj } from "../../../object.ts";
import { objectAt } from "../../../value-at.ts";
import { PLAIN_STRATEGY, type Strategy } from "../resource.ts";
import { decodedBytes, validateImmutable, validateSize } from "./secret.ts";

/** ConfigMaps: immutable ones keep their data. */
export const configMapStrategy: Strategy = {
  ...PLAIN_STRATEGY,
  textMaps: ["data", "binaryData"],
  validate: ({ before, after }) => [
    ...validateSize("[]", bytesOf(after)),
    ...(before === undefined ? [] : validateImmutable(before, after)),
  ],
};

function bytesOf(configMap: Obj): readonly number[] {
  const texts = Object.values(objectAt(configMap, "data"));
  return [
    ...texts.map((text) => (typeof text === "string" ? Buffer.byteLength(text) : 0)),
    ...Object.values(objectAt(configMap, "binaryData")).map(decodedBytes),
  ];
}
