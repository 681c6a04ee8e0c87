/** The only source of time. Tests drive it, production passes `systemClock`. */
export type Clock = {
  /** Milliseconds since the Unix epoch. Never goes back, also when somebody sets the machine's clock back. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** What a machine knows of time, in ms: the date, which can be set, and how long it has run, which cannot. */
export type MachineTime = { readonly date: () => number; readonly uptime: () => number };

/**
 * Reads the time so that it never goes back, in whole ms.
 *
 * When the date is set back, time goes on from where it was: who waits until a moment, or holds a lease until then,
 * must not wait an hour longer for it. A date that moves on is followed, as it does after a machine has slept, whose
 * uptime stands still meanwhile.
 */
export function steadyTime({ date, uptime }: MachineTime): () => number {
  let ahead = date() - uptime();
  return () => {
    const uptimeMs = uptime();
    ahead = Math.max(ahead, date() - uptimeMs);
    return Math.floor(uptimeMs + ahead);
  };
}

/** The longest time that a timer of Node takes: beyond it, one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The time of this machine. */
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
