const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/** Text is not a Go duration. */
export class DurationError extends Error {
  override readonly name = "DurationError";
}

/**
 * Reads a duration as Go writes it (`metav1.Duration`): decimal numbers with a unit each, such as `1h2m3.5s`.
 *
 * Returns milliseconds, not rounded. Signs are refused: nothing in this project waits for a negative time.
 */
export function parseDurationMs(text: string): number {
  if (text === "0") {
    return 0;
  }
  let totalMs = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(text); part !== null; part = PART.exec(text)) {
    totalMs += Number(part[1]) * (MS_PER_UNIT[part[2] ?? ""] ?? Number.NaN);
    end = PART.lastIndex;
  }
  if (end === 0 || end !== text.length || !Number.isFinite(totalMs)) {
    throw new DurationError(`"${text.slice(0, 64)}" is not a duration such as 30s, 5m or 1h30m`);
  }
  return totalMs;
}

/** Writes milliseconds as Go prints a duration of whole seconds or more (`5m0s`), or as `…ms` below one second. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) {
    return `${Math.round(ms)}ms`;
  }
  const totalSeconds = Math.round(ms / 1_000);
  const hours = Math.floor(totalSeconds / 3_600);
  const minutes = Math.floor((totalSeconds % 3_600) / 60);
  const seconds = totalSeconds % 60;
  if (hours > 0) {
    return `${hours}h${minutes}m${seconds}s`;
  }
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
