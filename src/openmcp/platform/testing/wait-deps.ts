import { createLogger } from "../../../runtime/log.ts";
import type { WaitDeps } from "../wait-for-object.ts";
import { aborted } from "./play-object.ts";

/** Dependencies of a wait for which time passes only when a sleep is at least `passesAfterMs` long. */
export function waitDeps(passesAfterMs: number = Number.POSITIVE_INFINITY): WaitDeps {
  return {
    clock: {
      now: () => 0,
      sleep: (ms, signal = new AbortController().signal) =>
        ms >= passesAfterMs ? new Promise((resolve) => setImmediate(resolve)) : aborted(signal),
    },
    random: () => 0.5,
    log: createLogger({ level: "silent", pretty: false }),
    signal: new AbortController().signal,
  };
}
