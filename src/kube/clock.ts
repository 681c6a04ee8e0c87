/** The only source of time. Tests drive it, production passes `systemClock`. */
export type Clock = {
  /** Milliseconds since the Unix epoch. Never goes back, not even when the machine's clock is set back. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** The two clocks of a machine, in ms: `date` can be set back, `uptime` cannot. */
export type MachineTime = { readonly date: () => number; readonly uptime: () => number };

/**
 * Makes a `now` that never goes back, in whole ms.
 *
 * When the date is set back, `now` goes on from where it was: otherwise a deadline, or a lease, would last longer by
 * that time. When the date jumps forward, `now` follows: the uptime stands still while a machine sleeps.
 */
export function steadyTime({ date, uptime }: MachineTime): () => number {
  let ahead = date() - uptime();
  return () => {
    const uptimeMs = uptime();
    ahead = Math.max(ahead, date() - uptimeMs);
    return Math.floor(uptimeMs + ahead);
  };
}

/** A timer of Node that is longer than this fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: steadyTime({ date: () => Date.now(), uptime: () => performance.now() }),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const wait = (leftMs: number): NodeJS.Timeout =>
        leftMs <= LONGEST_TIMER_MS
          ? setTimeout(finish, leftMs)
          : setTimeout(() => {
              timer = wait(leftMs - LONGEST_TIMER_MS);
            }, LONGEST_TIMER_MS);
      let timer = wait(ms);
      signal?.addEventListener("abort", finish, { once: true });
    }),
};

/** Resolves once everything that is due in this turn of the event loop has had its turn. No time has to pass for that. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
