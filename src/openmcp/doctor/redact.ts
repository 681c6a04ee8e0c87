import { isRecord } from "../../kube/json.ts";
import type { KubeObject } from "../../kube/object.ts";
import { isSecretName, maskSecrets } from "../../runtime/mask-secrets.ts";

const MASK = "***";
/** What stands beneath these fields is anybody's: settings of charts, environments, contents. */
const FOREIGN_FIELDS: ReadonlySet<string> = new Set([
  "values",
  "helmValues",
  "postRenderers",
  "env",
  "data",
  "stringData",
  "binaryData",
]);
/** The words of a command line. */
const WORDS: ReadonlySet<string> = new Set(["args", "command"]);
/** Values of other annotations are anybody's. */
const KNOWN_ANNOTATION =
  /(?:^|[./])(?:openmcp\.cloud|open-control-plane\.io|fluxcd\.io|helm\.sh|control-plane\.alpha\.kubernetes\.io)\//;
/** Shorter texts are part of too many words to be replaced. */
const SHORTEST_SECRET = 6;

/**
 * Returns what may be shown of an object to people who may not read it. Pure.
 *
 * Of Secrets and ConfigMaps, the keys are left. Of values that users or other programs choose, only their place is left;
 * all other texts are masked by their structure.
 */
export function redact(object: KubeObject): unknown {
  const { apiVersion, kind, metadata, ...rest } = object;
  const head = { apiVersion, kind, metadata: redactMetadata(metadata) };
  if (kind === "Secret" || kind === "ConfigMap") {
    const { data, type } = { data: undefined, type: undefined, ...object };
    return { ...head, ...(typeof type === "string" && { type }), keys: Object.keys(isRecord(data) ? data : {}) };
  }
  return { ...head, ...redactFields(rest) };
}

function redactMetadata(metadata: KubeObject["metadata"]): Readonly<Record<string, unknown>> {
  const { managedFields = [], annotations = {}, ...rest } = metadata;
  const known = Object.entries(annotations).map(([name, text]) => {
    return [name, KNOWN_ANNOTATION.test(name) ? maskSecrets(text) : MASK] as const;
  });
  return {
    ...redactFields(rest),
    ...(known.length > 0 && { annotations: Object.fromEntries(known) }),
    // Who owns which field is much, and says little beside who has written when.
    writers: managedFields.map(({ manager = "", operation = "", subresource = "", time = "" }) =>
      [time, operation, subresource, manager].filter((part) => part !== "").join(" "),
    ),
  };
}

function redactFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      maskSecrets(name),
      FOREIGN_FIELDS.has(name) ? withoutTexts(value) : redactField(name, value),
    ]),
  );
}

// The value of a flag may be the word behind it.
function redactWord(word: unknown): unknown {
  return typeof word === "string" && word.startsWith("-") ? maskSecrets(word) : MASK;
}

function redactField(name: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => (WORDS.has(name) ? redactWord(item) : redactField(name, item)));
  }
  if (isRecord(value)) {
    return redactFields(value);
  }
  return typeof value === "string" ? (isSecretName(name) ? MASK : maskSecrets(value)) : value;
}

/** Keeps the names of fields, and what can be no secret. */
function withoutTexts(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutTexts);
  }
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [maskSecrets(name), withoutTexts(item)]));
  }
  return value === null || typeof value === "boolean" ? value : MASK;
}

/**
 * Returns the texts of a Secret that must not be anywhere: its values, and the values of fields in those that are
 * documents. Pure.
 */
export function secretTexts(object: KubeObject): readonly string[] {
  const data = "data" in object && isRecord(object.data) ? object.data : {};
  const texts = Object.values(data)
    .filter(isText)
    .flatMap((encoded) => {
      const text = Buffer.from(encoded, "base64").toString("utf8");
      return [encoded, text, text.trim(), ...textsIn(text)];
    });
  return [...new Set(texts.filter((text) => text.length >= SHORTEST_SECRET))];
}

// A login is written as JSON, a kubeconfig as lines with one field each.
function textsIn(text: string): readonly string[] {
  const lines = Array.from(
    text.matchAll(/^[ \t-]*([\w-]+):[ \t]+["']?([^"'\n]+)["']?[ \t]*$/gm),
    ([, name = "", value = ""]) => {
      return isSecretName(name) || name.endsWith("-data") ? [value] : [];
    },
  );
  return [...lines.flat(), ...leavesOf(jsonIn(text), "")];
}

function leavesOf(value: unknown, name: string): readonly string[] {
  if (typeof value === "string") {
    const decoded =
      name === "auth"
        ? Buffer.from(value, "base64")
            .toString("utf8")
            .replace(/^[^:]*:/, "")
        : value;
    return isSecretName(name) ? [value, decoded] : [];
  }
  return isRecord(value) || Array.isArray(value)
    ? Object.entries(value).flatMap(([key, item]) => leavesOf(item, key))
    : [];
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Replaces known secrets in a text. The longest go first, as one may be a part of another. Pure. */
export function withoutKnown(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .toSorted((one, other) => other.length - one.length)
    .reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
