import { isRecord, parseJson, toJson } from "../../kube/json.ts";
import type { KubeObject } from "../../kube/object.ts";
import { isSecretName, maskSecrets } from "../../runtime/mask-secrets.ts";

const MASK = "***";
/** What a map with the name of a secret says about another object, or about its own use. */
const HARMLESS = new Set(["name", "namespace", "kind", "secretName", "optional", "enabled", "create"]);

/** Returns an object in which nothing can be read that may be a secret. The structure stays as it is. */
export function maskObject<T extends KubeObject>(object: T): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only texts are replaced
  return maskIn(object, object.kind === "Secret" ? ["data", "stringData"] : []) as T;
}

/** The same for any value, such as Helm values. `name` is the field that the value stands in. */
export function maskValue(value: unknown, name = ""): unknown {
  return mask(value, { name, isSecret: false });
}

/** Whether a part of this list or map may be a secret because of what stands beside that part. */
export function isReadTogether(value: unknown): boolean {
  return Array.isArray(value)
    ? value.some(isSecretFlag)
    : isRecord(value) && Object.hasOwn(value, "value") && isSecretName(String(value["name"]));
}

// The value of a flag may be an argument of its own.
function isSecretFlag(argument: unknown): boolean {
  const flag = typeof argument === "string" ? /^--?([\w.-]+)$/.exec(argument)?.[1] : undefined;
  return flag !== undefined && isSecretName(flag);
}

/** The same for a value at a path of an object of this kind. */
export function maskAt(kind: string, path: readonly string[], value: unknown): unknown {
  const isSecretData = kind === "Secret" && (path[0] === "data" || path[0] === "stringData");
  return path.some((name, index) => index < path.length - 1 && isSecretName(name)) || isSecretData
    ? mask(value, { name: path.at(-1) ?? "", isSecret: true })
    : maskValue(value, path.at(-1));
}

function maskIn(object: KubeObject, secretFields: readonly string[]): unknown {
  return Object.fromEntries(
    Object.entries(object).map(([field, value]) => [
      field,
      secretFields.includes(field) ? mask(value, { name: "", isSecret: true }) : maskValue(value, field),
    ]),
  );
}

type Place = { readonly name: string; readonly isSecret: boolean };

function mask(value: unknown, { name, isSecret }: Place): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => {
      const isValue = isSecretFlag(value[index - 1]) && typeof item === "string" && !item.startsWith("-");
      return isValue ? MASK : mask(item, { name, isSecret });
    });
  }
  if (isRecord(value)) {
    return maskFields(value, isSecret || isSecretName(name));
  }
  if (isSecret ? !HARMLESS.has(name) : isSecretName(name)) {
    return value === null || value === "" || typeof value === "boolean" ? value : MASK;
  }
  return typeof value === "string" ? maskText(value) : value;
}

function maskFields(fields: Readonly<Record<string, unknown>>, isSecret: boolean): unknown {
  const { name } = fields;
  const isNamed = typeof name === "string";
  const masked = Object.entries(fields).map(([field, value]) => {
    // A key beside a name is that of another object; a value beside a name has the meaning of the name.
    const isKey = field === "key" && isNamed && typeof value === "string";
    const isSecretValue = field === "value" && isNamed && isSecretName(name);
    return [field, isKey ? value : mask(value, { name: field, isSecret: isSecret || isSecretValue })] as const;
  });
  return Object.fromEntries(masked);
}

// A patch is JSON in a text.
function maskText(text: string): string {
  const parsed = text.startsWith("{") || text.startsWith("[") ? parsedJson(text) : undefined;
  return parsed === undefined ? maskSecrets(text) : toJson(mask(parsed, { name: "", isSecret: false }));
}

function parsedJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
