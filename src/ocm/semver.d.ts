/** The part of the package that is used here; it has no types of its own. */
declare module "semver" {
  const semver: {
    /** The constraint in its normal form; null if the text is none. */
    validRange(text: string): string | null;
    satisfies(version: string, range: string, options: { readonly includePrerelease: boolean }): boolean;
    /** The version in its normal form; null if the text is none. */
    valid(text: string): string | null;
    /** Negative when the first version is the newer one. */
    rcompare(one: string, other: string): number;
  };
  export default semver;
}
