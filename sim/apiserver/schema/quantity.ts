const SUFFIXES: ReadonlyMap<string, readonly [base: bigint, exponent: number]> = new Map([
  ["n", [10n, -9] as const],
  ["u", [10n, -6] as const],
  ["m", [10n, -3] as const],
  ["", [10n, 0] as const],
  ["k", [10n, 3] as const],
  ["M", [10n, 6] as const],
  ["G", [10n, 9] as const],
  ["T", [10n, 12] as const],
  ["P", [10n, 15] as const],
  ["E", [10n, 18] as const],
  ["Ki", [1024n, 1] as const],
  ["Mi", [1024n, 2] as const],
  ["Gi", [1024n, 3] as const],
  ["Ti", [1024n, 4] as const],
  ["Pi", [1024n, 5] as const],
  ["Ei", [1024n, 6] as const],
]);

const NANO = 1_000_000_000n;

/** An amount of a resource, for example `100m` or `1Gi`, exact to a billionth. */
export class Quantity {
  readonly nanos: bigint;

  private constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  /** Reads the text of a quantity, or gives `undefined` when it is none. */
  static parse(text: string): Quantity | undefined {
    const match = /^([-+]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][-+]?\d+)?$/u.exec(text);
    const [, sign = "", whole = "", fraction = "", suffix = ""] = match ?? [];
    if (match === null || whole + fraction === "") {
      return undefined;
    }
    const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
    const scale = SUFFIXES.get(suffix) ?? ([10n, Number(suffix.slice(1))] as const);
    return new Quantity(shift(digits * NANO, scale) / 10n ** BigInt(fraction.length));
  }

  compareTo(other: Quantity): number {
    return this.nanos === other.nanos ? 0 : Number(this.nanos > other.nanos) * 2 - 1;
  }

  /** The value as a whole number, when it is one. */
  asInteger(): bigint | undefined {
    return this.nanos % NANO === 0n ? this.nanos / NANO : undefined;
  }
}

function shift(value: bigint, [base, exponent]: readonly [bigint, number]): bigint {
  const factor = base ** BigInt(Math.abs(exponent));
  return exponent < 0 ? value / factor : value * factor;
}
