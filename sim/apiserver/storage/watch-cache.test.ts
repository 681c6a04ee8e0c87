import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Storage } from "./storage.ts";

const DELAY_MS = 5;

/** A storage whose clock shows the given times one after the other, and then the last of them. */
function storageAt(times: number[]): Storage {
  const clock = { now: () => (times.length > 1 ? times.shift() : times[0]) ?? 0, sleep: () => Promise.resolve() };
  return new Storage({ clock, watchHistory: 100, watchDelayMs: DELAY_MS });
}

function putTwo(storage: Storage): void {
  for (const name of ["a", "b"]) {
    storage.put("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } });
  }
}

describe("WatchCache", () => {
  for (const [what, times] of [
    ["the time passes while it looks", [100, 100, 104, 105, 105]],
    ["the clock was set back between them", [100, 90, 96]],
  ] as const) {
    it(`tells no change before an earlier one: ${what}`, () => {
      const storage = storageAt([...times]);
      const start = storage.revision;
      putTwo(storage);

      const heard = storage.watchCache("configmaps").since(start);

      assert.deepEqual(heard, []);
    });
  }

  it("tells all changes in order once they are out", () => {
    const storage = storageAt([100, 100, 105]);
    const start = storage.revision;
    putTwo(storage);

    const heard = storage.watchCache("configmaps").since(start);

    assert.deepEqual(
      heard?.map(({ object }) => object.metadata.name),
      ["a", "b"],
    );
  });
});
