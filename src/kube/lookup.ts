import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";

/**
 * Makes a lookup of host names that runs once at a time for each name, and answers all callers that wait for the name.
 *
 * A lookup cannot be cancelled: it occupies a thread until the resolver gives up, long after its caller has. Repeated
 * attempts on a zone that does not answer would otherwise occupy every thread of the process.
 */
export function sharedLookup(resolve: LookupFunction): LookupFunction {
  const waiting = new Map<string, Parameters<LookupFunction>[2][]>();
  return (name, options, done) => {
    const key = JSON.stringify([name, options]);
    const others = waiting.get(key);
    if (others !== undefined) {
      others.push(done);
      return;
    }
    const all = [done];
    waiting.set(key, all);
    resolve(name, options, (...answer) => {
      waiting.delete(key);
      all.forEach((each) => each(...answer));
    });
  };
}

/** One for all connections of the process: its threads for lookups are shared too. */
export const lookupName: LookupFunction = sharedLookup(lookup);
