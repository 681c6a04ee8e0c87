import type { Scene } from "./scene.ts";

/** A scene did not become what it had to. */
export class ExpectationError extends Error {
  override readonly name = "ExpectationError";
}

/** What has to become true of a scene. */
export type Expectation = {
  /** What is waited for, for people: `OCM mcp-01 is Ready`. */
  readonly what: string;
  readonly isMet: () => boolean;
  /** What there is instead, for the error. */
  readonly found: () => string;
  readonly withinMs: number;
  readonly signal: AbortSignal;
};

/** Waits until the scene is as expected, looking at each of its changes; resolves to the ms that it took. */
export async function expectScene(scene: Scene, expectation: Expectation): Promise<number> {
  const { what, isMet, found, withinMs, signal } = expectation;
  signal.throwIfAborted();
  const startedAt = performance.now();
  const met = Promise.withResolvers<"met" | "late" | "stopped">();
  const look = (): void => {
    if (isMet()) {
      met.resolve("met");
    }
  };
  const stopped = (): void => met.resolve("stopped");
  const timer = setTimeout(() => met.resolve("late"), withinMs);
  const unsubscribe = scene.onChange(look);
  signal.addEventListener("abort", stopped, { once: true });
  look();

  const end = await met.promise;
  clearTimeout(timer);
  unsubscribe();
  signal.removeEventListener("abort", stopped);
  signal.throwIfAborted();
  if (end === "late") {
    throw new ExpectationError(`expected within ${withinMs / 1000} s: ${what}; found: ${found()}`);
  }
  return performance.now() - startedAt;
}
