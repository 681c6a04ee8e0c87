/** Something that was started. */
export type Stoppable = { stop(): Promise<void> };

/** Waits for several starts; when one fails, those that succeeded are stopped before its error is thrown. */
export async function startTogether<const Starts extends readonly Promise<Stoppable>[]>(
  starts: Starts,
): Promise<{ -readonly [Index in keyof Starts]: Awaited<Starts[Index]> }> {
  const outcomes = await Promise.allSettled<Stoppable>(starts);
  if (outcomes.some(({ status }) => status === "rejected")) {
    await stopTogether(outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : [])));
  }
  return Promise.all(starts);
}

/** Stops several things at the same time. */
export async function stopTogether(running: Iterable<Stoppable>): Promise<void> {
  await Promise.all(Array.from(running, (one) => one.stop()));
}
