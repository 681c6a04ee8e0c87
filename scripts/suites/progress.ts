/** How far a suite is that runs now. */
export type Progress = { readonly name: string; readonly startedAtMs: number; readonly files: number; done: number };

/** Tells in one line which suites run, since when, and how far they are. */
export function progressLine(running: Iterable<Progress>, nowMs: number): string {
  const suites = Array.from(running, ({ name, startedAtMs, files, done }) => {
    const seconds = Math.round((nowMs - startedAtMs) / 1000);
    return `${name} ${done} of ${files} files in ${seconds} s`;
  });
  return `-- ${suites.join(", ")}`;
}
