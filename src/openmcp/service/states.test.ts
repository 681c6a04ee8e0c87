import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeObject } from "../../kube/object.ts";
import { areSame } from "../../runtime/rest.ts";
import { saysNothing } from "../../runtime/store.ts";
import { addState, States } from "./states.ts";

function objectOf(metadata: Partial<KubeObject["metadata"]>, content: object = {}): KubeObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name: "a", ...metadata }, ...content };
}

function stateOf(object: KubeObject): readonly unknown[] {
  const states: unknown[] = [];
  addState(states, object);
  return states;
}

function read(states: States<KubeObject>, object: KubeObject | undefined): readonly unknown[] {
  const found: unknown[] = [];
  states.add(found, object);
  return found;
}

describe("the state of an object", () => {
  it("is the same for the same version of the same object only", () => {
    const one = stateOf(objectOf({ uid: "1", resourceVersion: "7" }));

    assert.deepEqual(stateOf(objectOf({ uid: "1", resourceVersion: "7" })), one);
    assert.notDeepEqual(stateOf(objectOf({ uid: "1", resourceVersion: "8" })), one);
    assert.notDeepEqual(stateOf(objectOf({ uid: "2", resourceVersion: "7" })), one);
  });

  it("is that of no other object where there is no version", () => {
    const object = objectOf({ uid: "1" });

    assert.ok(areSame(stateOf(object), stateOf(object)));
    assert.ok(!areSame(stateOf(objectOf({ uid: "1" })), stateOf(object)));
  });

  it("is told by what is read, where that is known", () => {
    const states = new States<KubeObject & { readonly size?: number }>(({ size, metadata: { uid } }) => ({
      size,
      uid,
    }));
    const one = read(states, objectOf({ uid: "1", resourceVersion: "7" }, { size: 1, colour: "red" }));

    assert.deepEqual(read(states, objectOf({ uid: "1", resourceVersion: "8" }, { size: 1, colour: "blue" })), one);
    assert.notDeepEqual(read(states, objectOf({ uid: "1", resourceVersion: "8" }, { size: 2, colour: "red" })), one);
    assert.notDeepEqual(read(states, objectOf({ uid: "2", resourceVersion: "7" }, { size: 1 })), one);
  });

  it("tells an object from none", () => {
    assert.deepEqual(read(new States(), undefined), [undefined]);
    assert.deepEqual(read(new States(() => ({})), undefined), [undefined]);
    assert.notDeepEqual(read(new States(() => ({})), objectOf({})), [undefined]);
  });
});

function sizeOf({ size }: KubeObject & { readonly size?: number }): unknown {
  return size;
}

describe("a change", () => {
  const previous = objectOf({ uid: "1", resourceVersion: "7" }, { size: 1, words: "first" });
  const later = { uid: "1", resourceVersion: "8" };

  it("says nothing when nothing but the version is new", () => {
    const current = objectOf(later, { size: 1, words: "first" });

    assert.ok(saysNothing({ key: "a", previous, current }));
    assert.ok(!saysNothing({ key: "a", previous, current: objectOf(later, { size: 1, words: "other" }) }));
    assert.ok(
      !saysNothing({ key: "a", previous, current: objectOf({ ...later, labels: {} }, { size: 1, words: "first" }) }),
    );
  });

  it("says nothing when nothing is new that is read", () => {
    assert.ok(saysNothing({ key: "a", previous, current: objectOf(later, { size: 1, words: "other" }) }, sizeOf));
    assert.ok(!saysNothing({ key: "a", previous, current: objectOf(later, { size: 2, words: "first" }) }, sizeOf));
  });

  it("may say anything when an object comes, goes, or is not shown as it was or is", () => {
    const current = objectOf(later, { size: 1, words: "first" });

    assert.ok(!saysNothing({ key: "a", current }));
    assert.ok(!saysNothing({ key: "a", previous }));
    assert.ok(!saysNothing({ key: "a", previous, current: previous }));
    assert.ok(!saysNothing({ key: "a", previous, current, invalid: new Error("no") }));
  });
});
