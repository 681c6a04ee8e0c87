/** Says what went wrong in words: each error's message and its causes, what failed first comes first. */
export function explain(error: unknown): string {
  if (error instanceof SuppressedError) {
    return `${explain(error.suppressed)}\nwhile stopping: ${explain(error.error)}`;
  }
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause === undefined ? error.message : `${error.message}\nbecause: ${explain(error.cause)}`;
}
