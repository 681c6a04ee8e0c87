import type { Image } from "./container.ts";

/** An image whose containers are a function of this process: its result is the exit code, the signal asks it to end. */
export function functionImage(run: (args: readonly string[], signal: AbortSignal) => Promise<number>): Image {
  return ({ args }) => {
    const ending = new AbortController();
    const exited = run(args, ending.signal).catch(() => 1);
    const end = async (): Promise<void> => {
      ending.abort();
      await exited;
    };
    return Promise.resolve({ exited, stop: end, kill: end });
  };
}
