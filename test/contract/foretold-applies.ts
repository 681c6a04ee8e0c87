import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import type { KubeObject } from "../../src/kube/object.ts";
import { applyResult } from "../../src/runtime/apply-result.ts";
import { isApplied } from "../../src/runtime/managed-fields.ts";
import type { Body } from "./body.ts";
import type { ContractClient } from "./contract-client.ts";
import { assertOK } from "./refused.ts";
import { createNamespace, thing, things } from "./things.ts";
import type { Topic } from "./topic.ts";

const path = things("foretold");

type Spec = Readonly<Record<string, unknown>>;
type Row = {
  /** Applied by us first, if anything is. */
  readonly first?: Spec;
  /** Applied by somebody else afterwards, who takes fields by force. */
  readonly theirs?: Spec;
  /** Merged in by somebody else, who takes the fields over. */
  readonly edited?: object;
  /** What we apply then. */
  readonly desired: Spec;
  readonly metadata?: object;
};

const part = (name: string, more: object = {}): object => ({ name, on: true, ...more });

const rows: Readonly<Record<string, Row>> = {
  "same again": { first: { version: "v1", tags: ["a"] }, desired: { version: "v1", tags: ["a"] } },
  "another value": { first: { version: "v1" }, desired: { version: "v2" } },
  "a field less": { first: { version: "v1", words: ["a"] }, desired: { version: "v1" } },
  "a field less that another one owns too": { first: { version: "v1" }, theirs: { version: "v1" }, desired: {} },
  "a drifted value": { first: { version: "v1" }, edited: { spec: { version: "v2" } }, desired: { version: "v1" } },
  "a drifted value that is not wanted any more": {
    first: { version: "v1" },
    edited: { spec: { version: "v2" } },
    desired: {},
  },
  "a list as a whole": { first: { words: ["a", "b"] }, desired: { words: ["b", "c"] } },
  "items of a set": { first: { tags: ["a", "b"] }, theirs: { tags: ["b", "c"] }, desired: { tags: ["d", "a"] } },
  "no items of a set any more": { first: { tags: ["a", "b"] }, theirs: { tags: ["b"] }, desired: {} },
  "items with keys": {
    first: { parts: [part("x", { note: "1" }), part("y")] },
    theirs: { parts: [part("x"), part("z", { note: "2" })] },
    desired: { parts: [part("new"), part("x", { note: "3" })] },
  },
  "a map of texts": {
    first: { labels: { a: "1", b: "1" } },
    theirs: { labels: { c: "1" } },
    desired: { labels: { a: "2" } },
  },
  "values without a schema": {
    first: { free: { manager: { a: 1, list: [{ name: "x" }] }, gone: { b: 1 } } },
    edited: { spec: { free: { manager: { theirs: 1 } } } },
    desired: { free: { manager: { a: 2, list: [{ name: "x" }, { name: "y" }] }, added: { c: null } } },
  },
  "no values any more": { first: { free: { a: { b: 1 } } }, desired: {} },
  metadata: {
    first: { version: "v1" },
    edited: { metadata: { finalizers: ["example.org/theirs"], labels: { theirs: "1" } } },
    desired: { version: "v1" },
    metadata: { finalizers: ["example.org/ours"], labels: { ours: "1" }, annotations: { "example.org/a": "1" } },
  },
};

export const foretoldApplies: Topic = (client) => {
  describe("an apply that was foretold", () => {
    before(() => createNamespace(client(), "foretold"));

    for (const [index, [title, row]] of Object.entries(rows).entries()) {
      it(`comes to what the server makes of it: ${title}`, async () => {
        const name = `row-${index}`;
        const live = await prepare(client(), name, row);
        const desired = thing(name, row.desired, { namespace: "foretold", ...row.metadata });

        const foretold = applyResult(live, objectIn(desired), "me");
        const { body } = await client().apply(`${path}/${name}?fieldManager=me&force=true`, desired);

        assert.deepEqual(contentOf(foretold), contentOf(objectIn(body)));
        assert.equal(foretold.metadata.generation, body.metadata?.generation);
        assert.equal(isApplied(foretold, desired, "me"), isApplied(objectIn(body), desired, "me"));
      });
    }
  });
};

async function prepare(
  client: ContractClient,
  name: string,
  { first, theirs, edited }: Row,
): Promise<KubeObject | undefined> {
  const place = `${path}/${name}`;
  if (first !== undefined) {
    assertOK(await client.apply(`${place}?fieldManager=me`, thing(name, first)), 201);
  }
  if (theirs !== undefined) {
    assertOK(await client.apply(`${place}?fieldManager=you&force=true`, thing(name, theirs)));
  }
  if (edited !== undefined) {
    assertOK(await client.merge(`${place}?fieldManager=editor`, edited));
  }
  const { status, body } = await client.get(place);
  return status === 200 ? objectIn(body) : undefined;
}

function objectIn(body: Body): KubeObject {
  return body as unknown as KubeObject;
}

function contentOf(object: KubeObject): unknown {
  const { name, labels, annotations, finalizers } = object.metadata;
  const { spec } = { spec: undefined, ...object };
  return JSON.parse(JSON.stringify({ name, labels, annotations, finalizers, spec }));
}
