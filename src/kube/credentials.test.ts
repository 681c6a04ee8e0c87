import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cachedCredentials, type Credential } from "./credentials.ts";
import { ManualClock } from "./testing/manual-clock.ts";

const signal = new AbortController().signal;

function token(value: string): Credential {
  return { headers: { authorization: `Bearer ${value}` } };
}

/** Yields the tokens one after the other, each valid for a second; for an absent token, the read fails. */
function reading(
  clock: ManualClock,
  ...tokens: readonly (string | undefined)[]
): {
  readonly credentials: ReturnType<typeof cachedCredentials>;
  readonly reads: () => number;
} {
  let count = 0;
  const credentials = cachedCredentials(async () => {
    const next = tokens[count];
    count += 1;
    await Promise.resolve();
    if (next === undefined) {
      throw new Error("cannot read");
    }
    return { credential: token(next), validUntilMs: clock.now() + 1000 };
  }, clock);
  return { credentials, reads: () => count };
}

describe("cachedCredentials", () => {
  it("reads once for requests that come together, and not again while valid", async () => {
    const { credentials, reads } = reading(new ManualClock(), "a");

    await Promise.all([credentials({ signal }), credentials({ signal })]);
    await credentials({ signal });

    assert.equal(reads(), 1);
  });

  it("reads again when no longer valid, and when rejected", async () => {
    const clock = new ManualClock();
    const { credentials } = reading(clock, "a", "b", "c");

    await credentials({ signal });
    await clock.advance(1000);
    const second = await credentials({ signal });
    const third = await credentials({ signal, rejected: second });

    assert.deepEqual([second, third], [token("b"), token("c")]);
  });

  it("does not read again for a rejection of what was replaced already", async () => {
    const { credentials, reads } = reading(new ManualClock(), "a", "b");

    const first = await credentials({ signal });
    await credentials({ signal, rejected: first });
    await credentials({ signal, rejected: first });

    assert.equal(reads(), 2);
  });

  it("yields the very same object when reading gives nothing new", async () => {
    const { credentials } = reading(new ManualClock(), "a", "a");

    const first = await credentials({ signal });

    assert.equal(await credentials({ signal, rejected: first }), first);
  });

  it("goes on with what it knows when reading fails, unless that was rejected", async () => {
    const clock = new ManualClock();
    const { credentials } = reading(clock, "a");

    const first = await credentials({ signal });
    await clock.advance(1000);

    assert.equal(await credentials({ signal }), first);
    await assert.rejects(credentials({ signal, rejected: first }), /cannot read/);
  });

  it("lets a request give up without stopping the read for others", async () => {
    const { credentials } = reading(new ManualClock(), "a");
    const stop = new AbortController();

    const given = credentials({ signal: stop.signal });
    const other = credentials({ signal });
    stop.abort(new Error("enough"));

    await assert.rejects(given, /enough/);
    assert.deepEqual(await other, token("a"));
  });
});
