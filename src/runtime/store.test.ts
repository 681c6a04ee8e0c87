import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import type { KubeObject } from "../kube/object.ts";
import { SharedValues } from "./shared-values.ts";
import { type Change, isOfStatusOnly, Store, type StoreOptions } from "./store.ts";

function object(name: string, resourceVersion: string, uid = `uid-${name}`): KubeObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name, resourceVersion, uid } };
}

function inNamespace(namespace: string, name: string): KubeObject {
  const { metadata, ...rest } = object(name, "1");
  return { ...rest, metadata: { ...metadata, namespace } };
}

function labelled(index: number, resourceVersion = "1"): KubeObject {
  const { metadata, ...rest } = object(`o-${index}`, resourceVersion);
  return { ...rest, metadata: { ...metadata, labels: { "example.com/owner": "the provider" } } };
}

function observed(options: StoreOptions<KubeObject> = {}): {
  readonly store: Store<KubeObject>;
  readonly changes: Change<KubeObject>[];
} {
  const store = new Store<KubeObject>(options);
  const changes: Change<KubeObject>[] = [];
  store.onChange((change) => changes.push(change));
  return { store, changes };
}

function listening(): { readonly store: Store<KubeObject>; readonly own: (string | undefined)[] } {
  const { store } = observed();
  const own: (string | undefined)[] = [];
  store.onOwn(({ metadata }) => own.push(metadata.resourceVersion));
  return { store, own };
}

function versions(changes: readonly Change<KubeObject>[]): string[] {
  return changes.map(({ key, current, previous }) => {
    const from = previous?.metadata.resourceVersion ?? "none";
    return `${key} ${from}>${current?.metadata.resourceVersion ?? "none"}`;
  });
}

function project(candidate: KubeObject): KubeObject {
  if (candidate.metadata.labels?.["bad"] === "true") {
    throw new Error("bad object");
  }
  return candidate;
}
function bad(name: string, resourceVersion: string): KubeObject {
  const { metadata, ...rest } = object(name, resourceVersion);
  return { ...rest, metadata: { ...metadata, labels: { bad: "true" } } };
}

describe("Store", () => {
  it("tells listeners what was added, changed and removed", () => {
    const { store, changes } = observed();

    store.set(object("a", "1"));
    store.set(object("a", "2"));
    store.remove(object("a", "3"));

    assert.deepEqual(versions(changes), ["a none>1", "a 1>2", "a 2>none"]);
    assert.deepEqual(store.list(), []);
  });

  it("finds the objects of one namespace, also after changes", () => {
    const { store } = observed();
    store.replace([inNamespace("x", "a"), inNamespace("y", "a"), inNamespace("x", "b")]);

    store.remove(inNamespace("x", "a"));

    assert.deepEqual(
      store.inNamespace("x").map(({ metadata }) => metadata.name),
      ["b"],
    );
    assert.deepEqual(store.inNamespace("z"), []);
  });

  it("finds the objects of one namespace as a list would, however they have come and gone", () => {
    const names = fc.constantFrom("a", "b", "c");
    const act = fc.record({ verb: fc.constantFrom("set", "remove", "look"), namespace: names, name: names });

    fc.assert(
      fc.property(fc.array(act), (acts) => {
        const { store } = observed();
        for (const { verb, namespace, name } of acts) {
          if (verb === "set") {
            store.set(inNamespace(namespace, name));
          } else if (verb === "remove") {
            store.remove(inNamespace(namespace, name));
          }
          const found = verb === "look" ? store.inNamespace(namespace) : undefined;
          const expected = store.list().filter(({ metadata }) => metadata.namespace === namespace);
          assert.deepEqual(new Set(found ?? expected), new Set(expected));
        }
      }),
    );
  });

  it("has objects that rest share what is equal in them, and not those that have changed lately", () => {
    const { store, changes } = observed({ shared: new SharedValues() });
    const all = Array.from({ length: 150 }, (_, index) => index);
    const labelsOf = (index: number): unknown => store.get(`o-${index}`)?.metadata.labels;

    all.forEach((index) => store.set(labelled(index)));
    store.set(labelled(0, "2"));

    assert.equal(labelsOf(2), labelsOf(1));
    assert.notEqual(labelsOf(149), labelsOf(1));
    assert.notEqual(labelsOf(0), labelsOf(1));
    assert.deepEqual(store.get("o-0"), labelled(0, "2"));
    assert.deepEqual(
      store.list(),
      all.map((index) => labelled(index, index === 0 ? "2" : "1")),
    );
    assert.equal(changes.length, all.length + 1);
  });

  it("keeps of a list page by page what it would keep of the whole list, and projects each object once", () => {
    let count = 0;
    const counting = (one: KubeObject): KubeObject => {
      count += 1;
      return project(one);
    };
    const { store, changes } = observed({ project: counting, shared: new SharedValues() });
    store.set(object("known", "1"));
    const known = store.get("known");

    const kept = [object("known", "1"), object("new", "1"), bad("wrong", "1")].map((one) => store.keep(one));
    count = 0;
    store.replace(kept);

    assert.equal(store.get("known"), known);
    assert.deepEqual(versions(changes), ["known none>1", "new none>1", "wrong none>none"]);
    assert.equal(store.invalid("wrong")?.message, "bad object");
    assert.equal(count, 1, "only the invalid one is looked at again");
  });

  it("has the objects of a list share what is equal in them, each once and at once", () => {
    let count = 0;
    class CountedValues extends SharedValues {
      override shareFields<O extends KubeObject>(one: O, like?: O): O {
        count += 1;
        return super.shareFields(one, like);
      }
    }
    const { store } = observed({ shared: new CountedValues() });
    const all = Array.from({ length: 150 }, (_, index) => labelled(index));

    store.replace(all.map((one) => store.keep(one)));

    assert.equal(count, all.length);
    assert.equal(store.get("o-149")?.metadata.labels, store.get("o-0")?.metadata.labels);
    assert.deepEqual(store.list(), all);
  });

  it("says nothing when an event brings the state it has", () => {
    const { store, changes } = observed();
    store.set(object("a", "1"));

    store.set(object("a", "1"));

    assert.equal(changes.length, 1);
  });

  it("swaps everything on a new list and tells only the difference", () => {
    const { store, changes } = observed();
    store.replace([object("same", "1"), object("changed", "1"), object("removed", "1")]);
    changes.length = 0;

    store.replace([object("same", "1"), object("changed", "2"), object("added", "1")]);

    assert.deepEqual(versions(changes).toSorted(), ["added none>1", "changed 1>2", "removed 1>none"]);
  });

  it("shows listeners the whole new content from the first change on", () => {
    const store = new Store<KubeObject>();
    const sizes: number[] = [];
    store.onChange(() => sizes.push(store.list().length));

    store.replace([object("a", "1"), object("b", "1")]);

    assert.deepEqual(sizes, [2, 2]);
  });

  it("tells nothing any more to a listener that left, and everything to the others when one throws", () => {
    const errors: unknown[] = [];
    const { store, changes } = observed({ onListenerError: (error) => errors.push(error) });
    const heard: string[] = [];
    const leave = store.onChange(({ key }) => heard.push(key));
    store.onChange(() => {
      throw new Error("broken listener");
    });
    store.onChange(({ key }) => heard.push(`late ${key}`));

    store.set(object("a", "1"));
    leave();
    store.set(object("a", "2"));

    assert.deepEqual(heard, ["a", "late a", "late a"]);
    assert.equal(errors.length, 2);
    assert.equal(changes.length, 2);
  });
});

describe("a change", () => {
  const before = { ...object("a", "1"), spec: { size: 1 }, status: { ready: false } };
  const after = (change: object): KubeObject => ({ ...before, ...change });
  const later = { ...before.metadata, resourceVersion: "2" };

  it("is one of the status only when nothing else differs", () => {
    const written = after({ status: { ready: true }, metadata: later });

    assert.ok(isOfStatusOnly({ key: "a", previous: before, current: written }));
    assert.ok(isOfStatusOnly({ key: "a", previous: before, current: after({ metadata: later }) }));
    const others = [
      { spec: { size: 2 } },
      ...["labels", "annotations"].map((field) => ({ metadata: { ...later, [field]: { a: "b" } } })),
    ];
    for (const other of others) {
      assert.ok(!isOfStatusOnly({ key: "a", previous: before, current: after(other) }), JSON.stringify(other));
    }
  });

  it("may be one of anything when the store does not tell what it was", () => {
    assert.ok(!isOfStatusOnly({ key: "a", previous: before, current: before }));
    assert.ok(!isOfStatusOnly({ key: "a", current: before }));
    assert.ok(!isOfStatusOnly({ key: "a", previous: before }));
    assert.ok(
      !isOfStatusOnly({ key: "a", previous: before, current: after({ metadata: later }), invalid: new Error("no") }),
    );
  });
});

describe("Store with an object that cannot be taken in", () => {
  it("takes in the others of the list and shows the error", () => {
    const { store, changes } = observed({ project });

    store.replace([object("a", "1"), bad("b", "1"), object("c", "1")]);

    assert.deepEqual(
      store.list().map(({ metadata }) => metadata.name),
      ["a", "c"],
    );
    assert.equal(store.invalid("b")?.message, "bad object");
    assert.deepEqual(
      changes.filter(({ invalid }) => invalid !== undefined).map(({ key }) => key),
      ["b"],
    );
  });

  it("keeps the last good state until a good one comes", () => {
    const { store } = observed({ project });
    store.set(object("a", "1"));

    store.set(bad("a", "2"));
    const during = { version: store.get("a")?.metadata.resourceVersion, error: store.invalid("a")?.message };
    store.set(object("a", "3"));

    assert.deepEqual(during, { version: "1", error: "bad object" });
    assert.equal(store.get("a")?.metadata.resourceVersion, "3");
    assert.equal(store.invalid("a"), undefined);
  });

  it("forgets the error with the object", () => {
    const { store, changes } = observed({ project });
    store.set(bad("a", "1"));

    store.replace([]);

    assert.equal(store.invalid("a"), undefined);
    assert.deepEqual(versions(changes), ["a none>none", "a none>none"]);
  });
});

describe("Store.changed", () => {
  it("tells of an event that has come before the answer to the write, once", () => {
    const { store, own } = listening();
    store.set(object("a", "1"));
    store.set(object("a", "2"));

    store.changed(object("a", "2"));

    assert.deepEqual(own, ["2"]);
  });

  it("tells of nothing when the answer comes first, nor for an event of somebody else", () => {
    const { store, own } = listening();
    store.set(object("a", "1"));
    store.changed(object("a", "3"));
    store.set(object("a", "2"));
    store.set(object("a", "3"));

    assert.deepEqual(own, []);
  });

  it("is another thing than an answer that may be of somebody else's write", () => {
    const { store, own } = listening();
    store.set(object("a", "2"));

    store.written(object("a", "2"));

    assert.deepEqual(own, []);
  });

  it("stores the answer as any other", () => {
    const { store } = listening();

    store.changed(object("a", "2"));

    assert.equal(store.get("a")?.metadata.resourceVersion, "2");
  });
});

describe("Store.written", () => {
  it("shows the written state at once, and nobody hears of it", () => {
    const { store, changes } = observed();
    store.set(object("a", "1"));
    changes.length = 0;

    store.written(object("a", "2"));
    store.written(object("a", "3"));
    store.set(object("a", "2"));
    const during = store.get("a")?.metadata.resourceVersion;
    store.set(object("a", "3"));

    assert.equal(during, "3");
    assert.deepEqual(changes, []);
  });

  it("tells listeners of what somebody else changed right before the write", () => {
    const { store, changes } = observed();
    store.set(object("a", "1"));
    changes.length = 0;

    store.written(object("a", "3"));
    store.set(object("a", "2"));
    store.set(object("a", "3"));

    assert.deepEqual(versions(changes), ["a 3>3"]);
  });

  it("tells listeners of it also when a new list comes first", () => {
    const { store, changes } = observed();
    store.written(object("a", "3"));

    store.replace([object("a", "3")]);

    assert.deepEqual(versions(changes), ["a 3>3"]);
  });

  it("goes on with events after its own has arrived", () => {
    const { store, changes } = observed();
    store.written(object("a", "3"));

    store.set(object("a", "3"));
    store.set(object("a", "4"));

    assert.deepEqual(versions(changes), ["a 3>4"]);
  });

  it("waits for no event when the write changed nothing", () => {
    const { store } = observed();
    store.set(object("a", "1"));

    store.written(object("a", "1"));
    store.set(object("a", "2"));

    assert.equal(store.get("a")?.metadata.resourceVersion, "2");
  });

  it("does not go back when the answer is slower than the events", () => {
    const { store } = observed();
    store.set(object("a", "2"));
    store.set(object("a", "3"));

    store.written(object("a", "2"));

    assert.equal(store.get("a")?.metadata.resourceVersion, "3");
  });

  it("does not bring back an object whose removal was seen before the answer", () => {
    const { store } = observed();
    store.set(object("a", "1"));
    store.remove(object("a", "3"));

    store.written(object("a", "2"));

    assert.equal(store.get("a"), undefined);
  });

  it("gives way to a removal", () => {
    const { store } = observed();
    store.written(object("a", "2"));

    store.remove(object("a", "3"));

    assert.equal(store.get("a"), undefined);
  });

  it("ignores the removal of the object it has replaced", () => {
    const { store } = observed();
    store.set(object("a", "1", "old"));
    store.written(object("a", "5", "new"));

    store.remove(object("a", "4", "old"));

    assert.equal(store.get("a")?.metadata.uid, "new");
  });

  it("gives way to a new list", () => {
    const { store } = observed();
    store.written(object("a", "2"));

    store.replace([object("a", "9")]);
    store.set(object("a", "10"));

    assert.equal(store.get("a")?.metadata.resourceVersion, "10");
  });

  it("is overdue when its event has not come between two signs that the watch is up to date", () => {
    const { store } = observed();
    store.written(object("a", "2"));
    store.written(object("b", "3"));

    const first = store.hasOverdueWrites();
    store.set(object("a", "2"));
    const second = store.hasOverdueWrites();
    store.set(object("b", "3"));
    const third = store.hasOverdueWrites();

    assert.deepEqual([first, second, third], [false, true, false]);
  });

  it("shows at once that an object is gone, and nothing that was said of it before", () => {
    const { store, changes } = observed();
    store.set(object("a", "1"));

    store.deleted(object("a", "1"), undefined);
    store.set(object("a", "2"));
    const shown = store.get("a");
    store.remove(object("a", "3"));
    store.set(object("a", "4", "another"));

    assert.equal(shown, undefined);
    assert.deepEqual(versions(changes), ["a none>1", "a none>4"]);
  });

  it("shows what is left of a deleted object, and that it is gone with its last finalizer", () => {
    const { store } = observed();
    const going = (finalizers: readonly string[]): KubeObject => {
      const { metadata, ...rest } = object("a", `${finalizers.length + 1}`);
      return { ...rest, metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers } };
    };
    store.set(object("a", "1"));

    store.deleted(object("a", "1"), going(["theirs", "ours"]));
    const held = store.get("a")?.metadata.finalizers;
    store.written(going([]));

    assert.deepEqual(held, ["theirs", "ours"]);
    assert.equal(store.get("a"), undefined);
  });

  it("is overdue when the event of a deletion has not come between two signs that the watch is up to date", () => {
    const { store } = observed();
    store.set(object("a", "1"));
    store.deleted(object("a", "1"), undefined);

    const first = store.hasOverdueWrites();
    const second = store.hasOverdueWrites();

    assert.deepEqual([first, second], [false, true]);
  });

  it("ends at the server's state, never goes back, and hides no change of others, however answers and events interleave", () => {
    // Our writer and other writers change one object, and our writer deletes it. Each change causes an event, in order;
    // each change of our writer also has a response.
    const history = fc.array(fc.constantFrom("own", "other", "own deletion"), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), (changes, coins) => {
        const steps = stepsOf(changes);
        const { store, shown, told } = interleave(steps, () => coins.next().value === true);

        const last = steps.at(-1);
        assert.deepEqual(store.get("a"), last?.by === "own deletion" ? undefined : last?.object);
        assert.deepEqual(
          shown,
          shown.toSorted((left, right) => left - right),
        );
        const lastOfOthers = changes.lastIndexOf("other");
        const isOutlived = lastOfOthers > changes.lastIndexOf("own deletion");
        assert.ok(!isOutlived || Math.max(-1, ...told) >= lastOfOthers);
      }),
    );
  });
});

type Step = { readonly by: string; readonly object: KubeObject };

function stepsOf(changes: readonly string[]): readonly Step[] {
  return changes.map((by, index) => {
    const life = changes.slice(0, index).filter((one) => one === "own deletion").length;
    return { by, object: object("a", `v${index}`, `uid-${life}`) };
  });
}

/** Passes responses and events to a store, each in order; returns the versions that the store has had and notified. */
function interleave(
  steps: readonly Step[],
  answerFirst: () => boolean,
): { readonly store: Store<KubeObject>; readonly shown: readonly number[]; readonly told: readonly number[] } {
  const { store, changes } = observed();
  const shown: (KubeObject | undefined)[] = [];
  const events = [...steps];
  const answers = steps.filter(({ by }) => by !== "other");
  while (events.length > 0 || answers.length > 0) {
    if (events.length === 0 || (answers.length > 0 && answerFirst())) {
      takeAnswer(store, answers.shift());
    } else {
      takeEvent(store, events.shift());
    }
    shown.push(store.get("a"));
  }
  return { store, shown: numbersOf(shown), told: numbersOf(changes.map(({ current }) => current)) };
}

function takeAnswer(store: Store<KubeObject>, step: Step | undefined): void {
  assert.ok(step !== undefined);
  if (step.by === "own deletion") {
    store.deleted(step.object, undefined);
  } else {
    store.written(step.object);
  }
}

function takeEvent(store: Store<KubeObject>, step: Step | undefined): void {
  assert.ok(step !== undefined);
  if (step.by === "own deletion") {
    store.remove(step.object);
  } else {
    store.set(step.object);
  }
}

function numbersOf(objects: readonly (KubeObject | undefined)[]): readonly number[] {
  return objects.flatMap((one) => (one === undefined ? [] : [Number(one.metadata.resourceVersion?.slice(1))]));
}
