const FIRST_MS = 10_000;
const LONGEST_MS = 5 * 60_000;

/** How long a kubelet waits before it starts a container for the n-th time again: not at all the first time. */
export function restartDelayMs(restarts: number): number {
  return restarts === 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (restarts - 1));
}
