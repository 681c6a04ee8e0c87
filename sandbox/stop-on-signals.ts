/** Exit code of a process that a signal has ended. */
export const INTERRUPTED = 130;

/** What is asked of the process. */
type Signalled = {
  on(name: NodeJS.Signals, listener: () => void): unknown;
  exit(code: number): void;
};

// A terminal gives Ctrl-C to npm and to this process, and npm passes it on.
const SAME_WITHIN_MS = 1000;

/** Aborted by the first Ctrl-C or SIGTERM, so that all is stopped in order; the second ends the process at once. */
export function stopOnSignals(process: Signalled, now: () => number = () => performance.now()): AbortSignal {
  const stop = new AbortController();
  let stoppedAt = 0;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (!stop.signal.aborted) {
        stoppedAt = now();
        stop.abort(new Error(`stopped by ${name}`));
      } else if (now() - stoppedAt > SAME_WITHIN_MS) {
        process.exit(INTERRUPTED);
      }
    });
  }
  return stop.signal;
}
