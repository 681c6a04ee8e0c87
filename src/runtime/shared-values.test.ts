import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import type { KubeObject } from "../kube/object.ts";
import { SharedValues } from "./shared-values.ts";

type Thing = KubeObject & { readonly spec?: unknown; readonly data?: unknown };

function thing(name: string, content: Omit<Thing, keyof KubeObject>, labels: Record<string, string> = {}): Thing {
  return structuredClone({ apiVersion: "example.com/v1", kind: "Thing", metadata: { name, labels }, ...content });
}

function nested(name: string): object {
  return { ref: { name, of: { key: "kubeconfig" } }, values: { a: [{ b: 1 }] } };
}

describe("SharedValues", () => {
  it("returns equal objects, whatever is in them", () => {
    const shared = new SharedValues({ limit: 20 });
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

    fc.assert(
      fc.property(fc.string(), json, json, (name, spec, data) => {
        const object = thing(name, { spec, data }, { name });

        assert.deepEqual(shared.shareFields(object), thing(name, { spec, data }, { name }));
        assert.deepEqual(object, thing(name, { spec, data }, { name }));
      }),
    );
  });

  it("returns equal objects, whatever is in the one that they are compared with", () => {
    const shared = new SharedValues({ limit: 20 });
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

    fc.assert(
      fc.property(json, json, json, (spec, data, other) => {
        const like = thing("a", { spec: [spec, other], data: { other, spec } });

        for (const content of [
          { spec: [other, spec], data: { spec, other } },
          { spec: [spec, data], data: { other: data, spec } },
          { spec, data: [spec] },
        ]) {
          assert.deepEqual(shared.shareFields(thing("b", content), like), thing("b", content));
        }
      }),
    );
  });

  it("takes an empty field of the name of a prototype for what it is", () => {
    const odd = (): Thing =>
      thing("a", JSON.parse('{"spec": {"values": {"__proto__": {}, "constructor": {}}}}') as object);
    const like = thing("b", { spec: { values: { some: { other: "thing" } } } });

    const { spec } = new SharedValues().shareFields(odd(), like);

    const { values } = spec as { readonly values: Record<string, unknown> };
    assert.deepEqual(Object.keys(values), ["__proto__", "constructor"]);
    assert.notEqual(values["__proto__"], Object.prototype);
  });

  it("has an object hold what is equal to the one that it is compared with once, however long ago that was", () => {
    const shared = new SharedValues({ limit: 1 });
    const like = shared.shareFields(thing("a", { spec: nested("a") }));
    for (const name of ["b", "c", "d"]) {
      shared.shareFields(thing(name, { spec: { of: name, values: [name] } }));
    }

    const one = shared.shareFields(thing("e", { spec: nested("e") }), like);

    const [parts, others] = [one, like].map(({ spec }) => spec as { values: object; ref: { of: object } });
    assert.equal(parts?.values, others?.values);
    assert.equal(parts?.ref.of, others?.ref.of);
    assert.notEqual(parts?.ref, others?.ref);
  });

  it("has two objects hold what is equal in them once, at each depth", () => {
    const shared = new SharedValues();
    const labels = { "example.com/managed-by": "the provider" };

    const [one, other] = ["one", "other"].map((name) =>
      shared.shareFields(thing(name, { spec: nested(name) }, labels)),
    );

    const parts = [one, other].map((object) => object?.spec as { values: object; ref: { of: object } });
    assert.equal(one?.metadata.labels, other?.metadata.labels);
    assert.equal(parts[0]?.values, parts[1]?.values);
    assert.equal(parts[0]?.ref.of, parts[1]?.ref.of);
    assert.notEqual(parts[0]?.ref, parts[1]?.ref);
  });

  it("does not take a text for the value that it is the JSON of", () => {
    const shared = new SharedValues();
    const value = { list: ["a", "b", "c"] };

    const { spec } = shared.shareFields(thing("a", { spec: { value, text: JSON.stringify(value) } }));

    assert.deepEqual(spec, { value, text: JSON.stringify(value) });
  });

  it("leaves a value with an integer that a double cannot hold as it is", () => {
    const value = { exact: 9007199254740993n };

    assert.deepEqual(new SharedValues().shareFields(thing("a", { spec: { value } })).spec, { value });
  });

  it("forgets what was not met for long, and nothing that keeps coming", () => {
    const shared = new SharedValues({ limit: 3 });
    const sharedOf = (team: string): unknown => shared.shareFields(thing("a", { spec: { labels: { team } } })).spec;
    const labelsOf = (team: string): unknown => (sharedOf(team) as { labels: unknown }).labels;
    const [often, once] = [labelsOf("often"), labelsOf("once")];

    for (const team of ["a", "b", "c", "d", "e", "f"]) {
      labelsOf(team);
      assert.equal(labelsOf("often"), often);
    }

    assert.notEqual(labelsOf("once"), once);
  });
});
