const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/** How long ago a time was, in its largest unit, and below ten of it in the next one too: `4d`, `2h15m`, `38s`. */
export function ageOf(time: string | undefined, nowMs: number): string {
  const ms = time === undefined ? NaN : nowMs - Date.parse(time);
  if (Number.isNaN(ms)) {
    return "";
  }
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const index = UNITS.findIndex(([, size]) => seconds >= size);
  const [unit, size] = UNITS[index] ?? ["s", 1];
  const amount = Math.floor(seconds / size);
  const [smaller, smallerSize] = UNITS[index + 1] ?? ["", 1];
  const rest = smaller === "" ? 0 : Math.floor((seconds % size) / smallerSize);
  return amount < 10 && rest > 0 ? `${amount}${unit}${rest}${smaller}` : `${amount}${unit}`;
}
