import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeClient, ListOptions } from "../../kube/client.ts";
import { ForbiddenError, GoneError, NotFoundError } from "../../kube/errors.ts";
import type { ListResult } from "../../kube/list.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { movedProgram } from "../command/testing/program.ts";
import { readRows } from "./read-rows.ts";

const { signal } = new AbortController();

/** What the server says to each list of an API group, one list after the other. A page is the names of its objects. */
type Script = Readonly<Record<string, (readonly (string | Error)[])[]>>;

function clientOf(script: Script, asked: ListOptions[] = []): Pick<KubeClient, "pages"> {
  async function* pages<T extends KubeObject>(
    { group }: Resource<T>,
    options: ListOptions,
  ): AsyncGenerator<ListResult<T>> {
    asked.push(options);
    for (const page of script[group]?.shift() ?? []) {
      if (page instanceof Error) {
        throw page;
      }
      const objects = page.split(" ").map((name) => {
        return { apiVersion: `${group}/v1`, kind: "Test", metadata: { name, namespace: "ns" } };
      });
      yield { items: objects as unknown as readonly T[], resourceVersion: "1" };
    }
  }
  return { pages };
}

async function read(script: Script): Promise<readonly string[]> {
  const rows = await readRows(movedProgram, clientOf(script), { signal });
  return rows.map(({ name, group, followers = [] }) => [name, group, ...followers].join(" "));
}

describe("readRows", () => {
  it("makes one row of the objects of one name in both API groups, whichever pages they are on", async () => {
    assert.deepEqual(await read({ "test.example": [["a b", "c"]], "old.example": [["c", "d"]] }), [
      "a test.example",
      "b test.example",
      "c test.example old.example",
      "d old.example",
    ]);
  });

  it("does without an API group that the server does not serve", async () => {
    assert.deepEqual(await read({ "test.example": [["a"]], "old.example": [[new NotFoundError("no")]] }), [
      "a test.example",
    ]);
  });

  it("says so when the server serves none", async () => {
    const script = { "test.example": [[new NotFoundError("no")]], "old.example": [[new NotFoundError("no")]] };

    await assert.rejects(read(script), /serves tests\.test\.example or tests\.old\.example, found none/);
  });

  it("begins again when the server has forgotten the list between two pages, and counts no object twice", async () => {
    assert.deepEqual(
      await read({
        "test.example": [
          ["a", new GoneError("gone")],
          ["a", "b"],
        ],
      }),
      ["a test.example", "b test.example"],
    );
  });

  it("throws what it cannot deal with", async () => {
    await assert.rejects(read({ "test.example": [[new ForbiddenError("no")]] }), ForbiddenError);
  });

  it("asks for the tenants that are wanted only", async () => {
    const asked: ListOptions[] = [];

    await readRows(movedProgram, clientOf({}, asked), { namespace: "ns", name: "a", signal });

    const options = { namespace: "ns", fieldSelector: "metadata.name=a", signal };
    assert.deepEqual(asked, [options, options]);
  });
});
