import type { LookupFunction } from "node:net";

/**
 * Makes a lookup of host names that asks for each name once at a time, whoever wants it meanwhile.
 *
 * A lookup cannot be taken back: it occupies a thread until the resolver gives up, long after whoever asked has. Attempt
 * after attempt, the names of a zone that does not answer would take every thread there is.
 */
export function sharedLookup(lookup: LookupFunction): LookupFunction {
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
    lookup(name, options, (...answer) => {
      waiting.delete(key);
      all.forEach((each) => each(...answer));
    });
  };
}
