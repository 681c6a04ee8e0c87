import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { type Due, Timetable } from "./timetable.ts";

describe("Timetable", () => {
  it("gives what is due, the earliest first, and each key once", () => {
    const timetable = new Timetable<Due>();
    [30, 10, 20].forEach((dueAt) => timetable.set({ key: `due at ${dueAt}`, dueAt }));
    timetable.set({ key: "due at 30", dueAt: 5 });

    assert.equal(timetable.firstDueAt, 5);
    assert.deepEqual(
      timetable.takeDue(10).map(({ key }) => key),
      ["due at 30", "due at 10"],
    );
    assert.equal(timetable.firstDueAt, 20);
  });

  it("agrees with a map that is searched through, whatever is set, deleted and taken", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e");
    const step = fc.oneof(
      fc.record({ do: fc.constant("set" as const), key, dueAt: fc.nat({ max: 100 }) }),
      fc.record({ do: fc.constant("delete" as const), key, dueAt: fc.constant(0) }),
      fc.record({ do: fc.constant("take" as const), key, dueAt: fc.nat({ max: 100 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const timetable = new Timetable<Due>();
        const model = new Map<string, number>();
        for (const { do: what, ...entry } of steps) {
          if (what === "set") {
            timetable.set(entry);
            model.set(entry.key, entry.dueAt);
          } else if (what === "delete") {
            timetable.delete(entry.key);
            model.delete(entry.key);
          } else {
            const due = [...model].filter(([, dueAt]) => dueAt <= entry.dueAt);
            const taken = timetable.takeDue(entry.dueAt);
            assert.deepEqual(new Map(taken.map((one) => [one.key, one.dueAt])), new Map(due));
            const times = taken.map(({ dueAt }) => dueAt);
            assert.deepEqual(
              times,
              times.toSorted((one, other) => one - other),
            );
            due.forEach(([one]) => model.delete(one));
          }
          const first = Math.min(...model.values());
          assert.equal(timetable.firstDueAt, Number.isFinite(first) ? first : undefined);
          assert.equal(timetable.get(entry.key)?.dueAt, model.get(entry.key));
        }
      }),
    );
  });
});
