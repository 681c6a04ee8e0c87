/** The command line is wrong. The process says what is wrong and where help is, and exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Lists words for a message, such as `bash, zsh or fish`. */
export function anyOf(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((part) => part !== "").join(" or ");
}
