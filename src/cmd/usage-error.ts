/** The command line is wrong. The process explains it with the usage and exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
