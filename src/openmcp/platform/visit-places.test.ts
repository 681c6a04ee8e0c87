import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { FakeClock } from "../../../test/support/fake-clock.ts";
import { type VisitPlace, VisitPlaces } from "./visit-places.ts";

const ANSWERING = { isSilent: false };
const SILENT = { isSilent: true };

const fail = (): Promise<never> => Promise.reject(new Error("no"));

describe("VisitPlaces", () => {
  let clock: FakeClock;
  let places: VisitPlaces;
  let begun: number;

  beforeEach(() => {
    clock = new FakeClock();
    places = new VisitPlaces(clock);
    begun = 0;
  });

  /** Visits clusters, each of which answers so often, so long after the one before. */
  function visit(
    count: number,
    { isSilent }: typeof SILENT,
    answers: { times: number; everyMs: number },
  ): Promise<unknown> {
    const work = async (place: VisitPlace): Promise<void> => {
      begun += 1;
      for (let time = 0; time < answers.times; time += 1) {
        await clock.sleep(answers.everyMs);
        place.answered();
      }
    };
    return Promise.all(Array.from({ length: count }, () => places.take({ isSilent }, work)));
  }

  it("are few for clusters that answer, however many there are", async () => {
    const visits = visit(500, ANSWERING, { times: 9, everyMs: 10 });
    await clock.advance(80);
    const atOnce = begun;
    await clock.advance(1_000);
    await visits;

    assert.deepEqual([atOnce, begun], [64, 500]);
  });

  it("are few for clusters that need long for each answer, once that is known to be usual", async () => {
    await Promise.all([visit(1, ANSWERING, { times: 20, everyMs: 200 }), clock.advance(4_000)]);
    begun = 0;

    const visits = visit(500, ANSWERING, { times: 2, everyMs: 200 });
    await clock.advance(399);
    const atOnce = begun;
    await clock.advance(10_000);
    await visits;

    assert.deepEqual([atOnce, begun], [64, 500]);
  });

  it("are given to others where there is no answer", async () => {
    void visit(200, ANSWERING, { times: 1, everyMs: Infinity });
    await clock.advance(200);

    assert.equal(begun, 200);
  });

  it("are given to others by so many at most that their sockets are bounded", async () => {
    void visit(5_000, ANSWERING, { times: 1, everyMs: Infinity });
    await clock.advance(60_000);

    assert.equal(begun, 1_064);
  });

  it("are others for clusters that kept silent before", async () => {
    void visit(5_000, SILENT, { times: 1, everyMs: Infinity });
    await clock.advance(60_000);
    begun = 0;

    await visit(64, ANSWERING, { times: 0, everyMs: 0 });

    assert.equal(begun, 64);
  });

  it("are given back when a visit fails", async () => {
    for (let count = 0; count < 100; count += 1) {
      await assert.rejects(places.take(ANSWERING, fail), /no/u);
    }

    await visit(64, ANSWERING, { times: 0, everyMs: 0 });

    assert.equal(begun, 64);
  });
});
