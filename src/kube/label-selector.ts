/** A label selector, as `kubectl -l` and the flags of controllers take it. */
export type LabelSelector = {
  /** The same for all texts that mean the same. */
  readonly text: string;
  readonly matches: (labels: Labels) => boolean;
};

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** A text is no label selector. */
export class LabelSelectorError extends Error {
  override readonly name = "LabelSelectorError";
}

type Requirement = LabelSelector;

const NAME = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)`;
const KEY = String.raw`(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?${NAME}`;
const EXPECTED =
  'expected requirements such as key, !key, key=value, key!=value, "key in (a,b)" or "key notin (a,b)", with commas in between';

const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`, "u");
const EQUALS = new RegExp(`^(${KEY})\\s*(==?|!=)\\s*(${NAME}?)$`, "u");
const IN = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`, "u");
const VALUE = new RegExp(`^${NAME}?$`, "u");

/** Reads a label selector. The empty one selects everything. Throws a LabelSelectorError. */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements =
    text.trim() === "" ? [] : splitOutsideParentheses(text).map((one) => parseRequirement(one, text));
  const byText = new Map(requirements.map((requirement) => [requirement.text, requirement.matches]));
  const all = [...byText.values()];
  return {
    text: [...byText.keys()].toSorted().join(","),
    matches: (labels) => all.every((matches) => matches(labels)),
  };
}

function splitOutsideParentheses(text: string): readonly string[] {
  return text.split(/,(?![^(]*\))/u).map((part) => part.trim());
}

function parseRequirement(text: string, selector: string): Requirement {
  const found = parseExistence(text) ?? parseEquality(text) ?? parseSet(text);
  if (found === undefined) {
    throw new LabelSelectorError(`"${selector}" is no label selector (${EXPECTED})`);
  }
  return found;
}

function parseExistence(text: string): Requirement | undefined {
  const [, not, key] = EXISTS.exec(text) ?? [];
  if (key === undefined) {
    return undefined;
  }
  return not === "!"
    ? { text: `!${key}`, matches: (labels) => !Object.hasOwn(labels, key) }
    : { text: key, matches: (labels) => Object.hasOwn(labels, key) };
}

function parseEquality(text: string): Requirement | undefined {
  const [, key, operator, value = ""] = EQUALS.exec(text) ?? [];
  return key === undefined ? undefined : requireValue(key, { isIn: operator !== "!=", values: [value] });
}

function parseSet(text: string): Requirement | undefined {
  const [, key, operator, list = ""] = IN.exec(text) ?? [];
  const values = list.split(",").map((value) => value.trim());
  return key === undefined || !values.every((value) => VALUE.test(value))
    ? undefined
    : requireValue(key, { isIn: operator === "in", values });
}

// An object without the label has none of the values.
function requireValue(
  key: string,
  { isIn, values }: { readonly isIn: boolean; readonly values: readonly string[] },
): Requirement {
  const [first = "", ...more] = [...new Set(values)].toSorted();
  const list = [first, ...more].join(",");
  const text = more.length === 0 ? `${key}${isIn ? "=" : "!="}${first}` : `${key} ${isIn ? "in" : "notin"} (${list})`;
  const wanted = new Set(values);
  return { text, matches: (labels) => (Object.hasOwn(labels, key) && wanted.has(labels[key] ?? "")) === isIn };
}
