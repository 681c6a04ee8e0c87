import { StalledError } from "../../runtime/errors.ts";

/** What settings are read with. */
export type SettingsChecks<C, S> = {
  /** Says which fields of an object its present schema would refuse. */
  readonly problemsOf: (object: C) => readonly string[];
  /** Throws a StalledError for what no schema can refuse. */
  readonly read: (object: C) => S;
};

/** Reads the settings of a ProviderConfig. Throws a StalledError that says what is wrong with it. */
export function readChecked<C, S>(object: C, { problemsOf, read }: SettingsChecks<C, S>): S {
  const problems = problemsOf(object);
  if (problems.length > 0) {
    throw new StalledError("InvalidProviderConfig", problems.join("; "));
  }
  return read(object);
}

/** The same; `undefined` when anything is wrong. */
export function readValid<C, S>(object: C, checks: SettingsChecks<C, S>): { readonly settings: S } | undefined {
  try {
    return { settings: readChecked(object, checks) };
  } catch (error) {
    if (error instanceof StalledError) {
      return undefined;
    }
    throw error;
  }
}
