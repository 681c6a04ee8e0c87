import semver from "semver";

/** Which versions are wanted of those that exist. */
export type VersionSelection = {
  /** A semver constraint such as `>=0.4.0 <1.0.0`; comparators are separated by blanks or commas. */
  readonly semver?: string;
  /** A regular expression that is found in the version. */
  readonly filter?: string;
};

/** Compiles a selection. Throws a SelectionError for a text that is no constraint or no regular expression. */
export function compileSelection({ semver: constraint, filter }: VersionSelection): (version: string) => boolean {
  const satisfies = constraint === undefined ? () => true : compileConstraint(constraint);
  const matches = filter === undefined ? /(?:)/u : compileFilter(filter);
  return (version) => satisfies(version) && matches.test(version);
}

/** A selection cannot be compiled. */
export class SelectionError extends Error {
  override readonly name = "SelectionError";
  readonly field: keyof VersionSelection;

  constructor(field: keyof VersionSelection, message: string) {
    super(message);
    this.field = field;
  }
}

// Flux and the toolkit separate comparators by commas as well. For them a constraint with a pre-release, such as
// >=0.4.0-0, means that pre-releases are wanted, of whichever version.
function compileConstraint(text: string): (version: string) => boolean {
  const range = semver.validRange(text.replaceAll(",", " "));
  if (range === null) {
    throw new SelectionError(
      "semver",
      `"${text}" is no semver constraint, expected comparators such as ">=0.4.0 <1.0.0", "^0.4.0" or "0.x"`,
    );
  }
  const options = { includePrerelease: /\d-[0-9A-Za-z]/.test(text) };
  return (version) => semver.satisfies(version, range, options);
}

function compileFilter(text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch {
    throw new SelectionError("filter", `"${text}" is no regular expression`);
  }
}

/** Orders versions by semver precedence, the newest first; those that are no semver come last. */
export function newestFirst(one: string, other: string): number {
  const [isOne, isOther] = [semver.valid(one) !== null, semver.valid(other) !== null];
  if (isOne !== isOther) {
    return isOne ? -1 : 1;
  }
  const order = isOne ? semver.rcompare(one, other) : 0;
  return order === 0 ? compareTexts(other, one) : order;
}

function compareTexts(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
