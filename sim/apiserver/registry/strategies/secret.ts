import { deepEqual } from "../../../deep-equal.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import { trusted } from "../../../trusted.ts";
import { objectAt, textAt } from "../../../value-at.ts";
import type { Violation } from "../../api/api-error.ts";
import { PLAIN_STRATEGY, type Strategy, type Transition } from "../resource.ts";
import type { Obj } from "../../../object.ts";

const REQUIRED_KEYS: Readonly<Record<string, string>> = {
  "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
  "kubernetes.io/dockercfg": ".dockercfg",
  "kubernetes.io/ssh-auth": "ssh-privatekey",
};

const MOST_DATA_BYTES = 1_048_576;

/** Secrets: `stringData` becomes `data`, the type never changes, immutable ones keep their data. */
export const secretStrategy: Strategy = {
  ...PLAIN_STRATEGY,
  textMaps: ["data", "stringData"],
  binaryMaps: ["data"],
  selectableFields: { type: ["type"] },
  defaults: ({ after }) => withData(after),
  validate: (transition) => [...validateData(transition.after), ...validateChange(transition)],
};

function withData(sent: Obj): Obj {
  const { stringData, ...secret } = sent;
  const type = textAt(secret, "type") || "Opaque";
  if (!isJsonObject(stringData)) {
    return { ...secret, type };
  }
  const encoded = Object.keys(stringData).map((key) => [key, Buffer.from(textAt(stringData, key)).toString("base64")]);
  const data = { ...objectAt(secret, "data"), ...trusted<JsonObject>(Object.fromEntries(encoded)) };
  return { ...secret, data, type };
}

function validateData(secret: Obj): readonly Violation[] {
  const data = objectAt(secret, "data");
  const badKeys = Object.keys(data)
    .filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key))
    .map((key) => ({
      field: `data[${key}]`,
      reason: "FieldValueInvalid",
      message: `Invalid value: "${key}": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    }));
  return [
    ...badKeys,
    ...validateSize("data", Object.values(data).map(decodedBytes)),
    ...validateRequiredKey(secret, data),
  ];
}

/** Secrets and ConfigMaps hold no more than a megabyte in all their keys together. */
export function validateSize(field: string, bytes: readonly number[]): readonly Violation[] {
  const total = bytes.reduce((sum, one) => sum + one, 0);
  const message = `Too long: may not be more than ${String(MOST_DATA_BYTES)} bytes`;
  return total > MOST_DATA_BYTES ? [{ field, reason: "FieldValueTooLong", message }] : [];
}

/** How many bytes are encoded in a text. */
export function decodedBytes(base64: unknown): number {
  return typeof base64 === "string" ? Buffer.byteLength(base64, "base64") : 0;
}

function validateRequiredKey(secret: Obj, data: JsonObject): readonly Violation[] {
  const key = REQUIRED_KEYS[String(secret["type"])];
  if (key === undefined) {
    return [];
  }
  const value = data[key];
  if (typeof value !== "string") {
    return [{ field: `data[${key}]`, reason: "FieldValueRequired", message: "Required value" }];
  }
  if (!key.startsWith(".docker") || isJson(Buffer.from(value, "base64").toString())) {
    return [];
  }
  const message = 'Invalid value: "<secret contents redacted>": invalid character';
  return [{ field: `data[${key}]`, reason: "FieldValueInvalid", message }];
}

function validateChange({ before, after }: Transition): readonly Violation[] {
  if (before === undefined) {
    return [];
  }
  const changedType: readonly Violation[] =
    before["type"] === after["type"]
      ? []
      : [
          {
            field: "type",
            reason: "FieldValueInvalid",
            message: `Invalid value: "${String(after["type"])}": field is immutable`,
          },
        ];
  return [...changedType, ...validateImmutable(before, after)];
}

/** Secrets and ConfigMaps with `immutable: true` keep their data and stay immutable. */
export function validateImmutable(before: Obj, after: Obj): readonly Violation[] {
  if (before["immutable"] !== true) {
    return [];
  }
  const message = "Forbidden: field is immutable when `immutable` is set";
  const fields = ["data", "binaryData"].filter((field) => !deepEqual(before[field], after[field]));
  const changed = after["immutable"] === true ? fields : ["immutable", ...fields];
  return changed.map((field) => ({ field, reason: "FieldValueForbidden", message }));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
