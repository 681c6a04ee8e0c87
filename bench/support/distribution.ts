/** How samples are spread, in the unit of the samples. */
export type Distribution = { readonly p50: number; readonly p95: number; readonly max: number };

/** Percentiles by nearest rank: each is one of the samples. */
export function distributionOf(samples: readonly number[]): Distribution {
  const sorted = samples.toSorted((one, other) => one - other);
  const at = (share: number): number => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    if (value === undefined) {
      throw new Error("expected at least one sample, found none");
    }
    return value;
  };
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
