import * as yaml from "js-yaml";
import { exactInteger, NumberRangeError, readJson } from "../../json.ts";

const CONTROL = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ESCAPE = /\\(?:\\|u(d[89a-f])?|(\/))/giu;
const SCHEMA = new yaml.Schema([
  ...yaml.FAILSAFE_SCHEMA.tags,
  yaml.nullYaml11Tag,
  yaml.boolYaml11Tag,
  { ...yaml.intYaml11Tag, resolve: resolveInteger },
  yaml.floatYaml11Tag,
]);

/** Reads YAML 1.1, and JSON as that, the way an API server does with what is applied. Throws on what it refuses. */
export function loadYaml(text: string): unknown {
  if (CONTROL.test(text)) {
    throw new Error("error converting YAML to JSON: yaml: control characters are not allowed");
  }
  return text.startsWith("{") ? loadJson(text) : yaml.load(text, { schema: SCHEMA });
}

// JSON's own parser is faster, and as lenient with keys that are there twice.
function loadJson(text: string): unknown {
  for (const [, surrogate, slash] of text.matchAll(ESCAPE)) {
    if (surrogate !== undefined) {
      throw new Error("error converting YAML to JSON: yaml: found invalid Unicode character escape code");
    }
    if (slash !== undefined) {
      throw new Error("error converting YAML to JSON: yaml: found unknown escape character");
    }
  }
  try {
    return readJson(withFoldedLines(text));
  } catch (error) {
    if (error instanceof NumberRangeError || error instanceof SyntaxError) {
      return yaml.load(text, { schema: SCHEMA });
    }
    throw error;
  }
}

// Line breaks that JSON does not know: one in a text is folded as YAML folds it, with the blanks around it.
function withFoldedLines(text: string): string {
  return text.replaceAll(/[ \t]*\u0085[ \t]*/gu, " ").replaceAll(/[ \t]*([\u2028\u2029])[ \t]*/gu, "$1");
}

function resolveInteger(source: string, isExplicit: boolean, tagName: string): unknown {
  const value = yaml.intYaml11Tag.resolve(source, isExplicit, tagName);
  const digits = source.replaceAll("_", "").replace(/^\+/u, "");
  return typeof value === "number" && /^-?[1-9]\d*$/u.test(digits) ? exactInteger(digits) : value;
}
