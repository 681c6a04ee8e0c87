import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Obj } from "../../object.ts";
import { Storage } from "./storage.ts";

const clock = { now: (): number => 0, sleep: (): Promise<void> => Promise.resolve() };
const NAMES = ["a", "b", "c"];

function configMap(name: string, value: number): Obj {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
    data: { value: String(value) },
  };
}

const steps = fc.array(fc.record({ name: fc.constantFrom(...NAMES), remove: fc.boolean() }), { maxLength: 30 });

describe("Collection", () => {
  it("shows objects as they were at any remembered revision", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const storage = new Storage({ clock, watchHistory: 1000, watchDelayMs: 0 });
        const collection = storage.collection("configmaps");
        const seen = [{ revision: storage.revision, objects: collection.list() }];
        for (const [index, { name, remove }] of list.entries()) {
          const live = collection.get(`default/${name}`);
          if (remove && live !== undefined) {
            storage.remove("configmaps", live);
          } else {
            storage.put("configmaps", configMap(name, index));
          }
          seen.push({ revision: storage.revision, objects: collection.list() });
        }

        for (const { revision, objects } of seen) {
          assert.deepEqual(collection.listAt(revision), objects);
        }
      }),
    );
  });

  it("forgets what is older than its history, and says so", () => {
    const storage = new Storage({ clock, watchHistory: 5, watchDelayMs: 0 });
    const start = storage.revision;
    for (let value = 0; value < 20; value += 1) {
      storage.put("configmaps", configMap("a", value));
    }
    const collection = storage.collection("configmaps");

    assert.equal(collection.since(start), undefined);
    assert.equal(collection.listAt(start), undefined);
    assert.equal(collection.since(storage.revision - 5)?.length, 5);
  });
});
