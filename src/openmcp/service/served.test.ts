import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { Store } from "../../runtime/store.ts";
import { isHeld, leaderOf, Served } from "./served.ts";

const GROUPS = ["new.example", "old.example"] as const;

type Traits = { readonly isTerminating: boolean; readonly isHeld: boolean };

function object(group: string, traits: Partial<Traits> = {}): KubeObject {
  return {
    apiVersion: `${group}/v1`,
    kind: "Thing",
    metadata: {
      name: "a",
      namespace: "b",
      uid: group,
      ...(traits.isTerminating === true && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      finalizers: traits.isHeld === true ? [`${group}/finalizer`] : [],
    },
  };
}

function resourceOf(group: string): Resource {
  return { group, version: "v1", kind: "Thing", plural: "things", namespaced: true };
}

function serving(...objects: readonly KubeObject[]): Served<KubeObject> {
  const kinds = GROUPS.map((group) => ({ resource: resourceOf(group), store: new Store<KubeObject>() }));
  const served = new Served(kinds);
  objects.forEach((one) => served.kindOf(one).store.set(one));
  return served;
}

const anyObject = fc
  .record({ group: fc.constantFrom(...GROUPS), isTerminating: fc.boolean(), isHeld: fc.boolean() })
  .map(({ group, ...traits }) => object(group, traits));

function isStaying({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp === undefined;
}

describe("leaderOf", () => {
  for (const [what, objects, leader] of [
    ["the only one", [object("old.example")], "old.example"],
    ["that of the first group", [object("new.example"), object("old.example")], "new.example"],
    [
      "the one that stays",
      [object("new.example", { isTerminating: true, isHeld: true }), object("old.example")],
      "old.example",
    ],
    [
      "the first that is held, if all are being deleted",
      [object("new.example", { isTerminating: true }), object("old.example", { isTerminating: true, isHeld: true })],
      "old.example",
    ],
    [
      "the first, if all are being deleted and held",
      GROUPS.map((group) => object(group, { isTerminating: true, isHeld: true })),
      "new.example",
    ],
  ] as const) {
    it(`chooses ${what}`, () => {
      assert.equal(leaderOf(objects)?.metadata.uid, leader);
    });
  }

  it("chooses nothing that is being deleted as long as something stays", () => {
    fc.assert(
      fc.property(fc.array(anyObject, { minLength: 1 }), (objects) => {
        const leader = leaderOf(objects);
        assert.ok(leader !== undefined && objects.includes(leader));
        assert.equal(isStaying(leader), objects.some(isStaying));
        assert.ok(isHeld(leader) || isStaying(leader) || !objects.some(isHeld));
      }),
    );
  });
});

describe("Served", () => {
  it("lists each installation once, by the object that leads", () => {
    const served = serving(object("new.example"), object("old.example"));

    assert.deepEqual(
      served.list().map(({ metadata }) => metadata.uid),
      ["new.example"],
    );
    assert.equal(served.all("b/a").length, 2);
  });

  it("refuses an object of a group that is not served", () => {
    assert.throws(() => serving(object("another.example")), /found one of another\.example\/v1/u);
  });

  it("learns from the server of another object whose news is late", async () => {
    const served = serving(object("old.example", { isTerminating: true, isHeld: true }));
    const asked: string[] = [];
    const client = {
      find: <T extends KubeObject>({ group }: Resource<T>): Promise<T | undefined> => {
        asked.push(group);
        return Promise.resolve(object(group) as T);
      },
    };

    await served.refreshOthers(client, object("old.example"), new AbortController().signal);

    assert.deepEqual(asked, ["new.example"]);
    assert.equal(served.get("b/a")?.metadata.uid, "new.example");
  });
});
