import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../../test/support/fake-clock.ts";
import {
  type ApiError,
  ConflictError,
  ServerError,
  TooManyRequestsError,
  UnreachableError,
} from "../../kube/errors.ts";
import { BusyServers } from "./busy-servers.ts";

const random = (): number => 1;

function throttled(retryAfterMs?: number): ApiError {
  return new TooManyRequestsError("slow down", { retryAfterMs });
}

describe("BusyServers", () => {
  it("wait longer each time, at least for as long as a server asks, and never for long", () => {
    const busy = new BusyServers({ clock: new FakeClock(), random });
    const waits = Array.from({ length: 5 }, () => busy.nextWaitMs("a", throttled()));
    busy.forget("a");

    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 10_000]);
    assert.deepEqual(
      [3000, 600_000].map((askedMs) => busy.nextWaitMs("a", throttled(askedMs))),
      [3000, 10_000],
    );
  });

  it("are not to blame when a server has failed, does not answer, or has judged the request", () => {
    const busy = new BusyServers({ clock: new FakeClock(), random });
    const errors = [new ServerError("broken"), new UnreachableError("no route"), new ConflictError("changed"), "text"];

    assert.deepEqual(
      errors.filter((error) => busy.areToBlame("a", error)),
      [],
    );
    assert.ok(busy.areToBlame("a", new ServerError("no endpoints", { code: 503 })));
  });

  it("are no excuse once they have kept one key waiting for a minute, until they have answered", async () => {
    const clock = new FakeClock();
    const busy = new BusyServers({ clock, random });
    const areToBlame = (key: string): boolean => busy.areToBlame(key, throttled());
    const atFirst = areToBlame("a");

    await clock.advance(59_999);
    const before = areToBlame("a");
    await clock.advance(1);
    const after = areToBlame("a");
    const other = areToBlame("b");
    busy.forget("a");

    assert.deepEqual([atFirst, before, after, other, areToBlame("a")], [true, true, false, true, true]);
  });

  it("have answered when a pass is refused what none before was refused, once for each request", async () => {
    const clock = new FakeClock();
    const busy = new BusyServers({ clock, random });
    const refuse = (request: string): boolean =>
      busy.areToBlame("a", new TooManyRequestsError(`${request}: slow down`));

    const found: boolean[] = [];
    for (const request of ["PATCH /one", "PATCH /two", "PATCH /one", "PATCH /two"]) {
      await clock.advance(40_000);
      found.push(refuse(request));
    }

    assert.deepEqual(found, [true, true, true, false]);
  });

  it("are no excuse for ever when they word each refusal differently", async () => {
    const clock = new FakeClock();
    const busy = new BusyServers({ clock, random });

    const found: boolean[] = [];
    for (let number = 0; number < 100; number += 1) {
      await clock.advance(10_000);
      found.push(busy.areToBlame("a", new TooManyRequestsError(`PATCH /one: ${number}`)));
    }

    assert.equal(found.at(-1), false);
  });
});
