/** Rejects when `work` takes longer than a benchmark may, so that a fault shows as an error and not as a standstill. */
export async function withDeadline<T>(work: Promise<T>, what: string, withinMs = 60_000): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`expected within ${withinMs} ms: ${what}`)), withinMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
