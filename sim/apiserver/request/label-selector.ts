import { badRequest } from "../api/api-error.ts";

/** Whether an object with these labels is selected. */
export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

const EXISTS = /^(!?)\s*([-._/A-Za-z0-9]+)$/;
const EQUALITY = /^([-._/A-Za-z0-9]+)\s*(==|=|!=)\s*([-._A-Za-z0-9]*)$/;
const SET = /^([-._/A-Za-z0-9]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const ORDER = /^([-._/A-Za-z0-9]+)\s*([<>])\s*(\d+)$/;

/** Reads a label selector such as `app=web,tier in (a, b),!canary`. An empty one selects everything. */
export function parseLabelSelector(selector: string): LabelMatcher {
  const matchers = splitRequirements(selector).map(parseRequirement);
  return (labels) => matchers.every((matches) => matches(labels));
}

// Commas inside of parentheses belong to the requirement.
function splitRequirements(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function parseRequirement(text: string): LabelMatcher {
  const matcher = parseExists(text) ?? parseEquality(text) ?? parseSet(text) ?? parseOrder(text);
  if (matcher === undefined) {
    throw badRequest(
      `unable to parse requirement: found '${text.split(/\s+/)[1] ?? text}', expected: in, notin, =, ==, !=, gt, lt`,
    );
  }
  return matcher;
}

function parseExists(text: string): LabelMatcher | undefined {
  const [, not, key] = EXISTS.exec(text) ?? [];
  return key === undefined ? undefined : (labels) => Object.hasOwn(labels, key) !== (not === "!");
}

function parseEquality(text: string): LabelMatcher | undefined {
  const [, key, operator, value] = EQUALITY.exec(text) ?? [];
  if (key === undefined) {
    return undefined;
  }
  return (labels) => (labels[key] === value) === (operator !== "!=");
}

function parseSet(text: string): LabelMatcher | undefined {
  const [, key, operator, list] = SET.exec(text) ?? [];
  if (key === undefined || list === undefined) {
    return undefined;
  }
  const values = new Set(list.split(",").map((value) => value.trim()));
  return (labels) => {
    const label = labels[key];
    return (label !== undefined && values.has(label)) === (operator === "in");
  };
}

function parseOrder(text: string): LabelMatcher | undefined {
  const [, key, operator, bound] = ORDER.exec(text) ?? [];
  if (key === undefined) {
    return undefined;
  }
  return (labels) => {
    const value = Number(labels[key] ?? Number.NaN);
    return operator === ">" ? value > Number(bound) : value < Number(bound);
  };
}
