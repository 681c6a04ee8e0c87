const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a Go duration such as `1h2m3.5s`; `fallbackMs` for anything else. */
export function parseGoDuration(text: unknown, fallbackMs: number): number {
  if (typeof text !== "string" || !/^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/.test(text)) {
    return fallbackMs;
  }
  return text
    .matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)
    .reduce((sum, [, count = "0", unit = "s"]) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0);
}

/** A duration as Go prints it, for example `5m0s` or `710ms`. */
export function formatGoDuration(ms: number): string {
  if (ms < 1000) {
    return `${String(ms)}ms`;
  }
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = `${String((ms % 60_000) / 1000)}s`;
  if (hours > 0) {
    return `${String(hours)}h${String(minutes)}m${seconds}`;
  }
  return minutes > 0 ? `${String(minutes)}m${seconds}` : seconds;
}
