const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const DURATION = /^[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/u;
const PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/gu;
const LONGEST = 2n ** 63n - 1n;

/** Nanoseconds of a duration as Go parses it; undefined when it does not, or has no room for that many. */
export function goNanoseconds(text: string): bigint | undefined {
  if (/^[-+]?0$/u.test(text)) {
    return 0n;
  }
  if (!DURATION.test(text)) {
    return undefined;
  }
  const sum = text.matchAll(PART).reduce((before, part) => before + nanosecondsOf(part), 0n);
  return sum > LONGEST ? undefined : text.startsWith("-") ? -sum : sum;
}

function nanosecondsOf([, whole = "", fraction = "", unit = ""]: RegExpExecArray): bigint {
  const each = NANOSECONDS[unit] ?? 0n;
  return (BigInt(`${whole}${fraction}`) * each) / 10n ** BigInt(fraction.length);
}
