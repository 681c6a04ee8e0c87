import { PLAIN_STRATEGY, type Strategy } from "../resource.ts";
import { validateImmutable } from "./secret.ts";

/** ConfigMaps: immutable ones keep their data. */
export const configMapStrategy: Strategy = {
  ...PLAIN_STRATEGY,
  textMaps: ["data", "binaryData"],
  validate: ({ before, after }) => (before === undefined ? [] : validateImmutable(before, after)),
};
