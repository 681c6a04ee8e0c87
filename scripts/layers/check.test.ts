import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkLayers } from "./check.ts";

function complaintsAbout(sources: Readonly<Record<string, string>>): readonly string[] {
  return checkLayers(new Map(Object.entries(sources)));
}

const refused: readonly { readonly name: string; readonly file: string; readonly text: string }[] = [
  { name: "a lower layer imports a higher one", file: "src/kube/a.ts", text: 'import { b } from "../runtime/b.ts";' },
  { name: "even only its types", file: "src/kube/a.ts", text: 'import type { B } from "../runtime/b.ts";' },
  { name: "inside a type", file: "src/kube/a.ts", text: 'export type A = import("../runtime/b.ts").B;' },
  { name: "dynamically", file: "src/kube/a.ts", text: 'await import("../runtime/b.ts");' },
  { name: "by re-exporting", file: "src/kube/a.ts", text: 'export { b } from "../runtime/b.ts";' },
  { name: "for its side effect", file: "src/kube/a.ts", text: 'import "../runtime/b.ts";' },
  { name: "main skips the provider", file: "src/main.ts", text: 'import { b } from "./runtime/b.ts";' },
  { name: "Flux builders use the runtime", file: "src/flux/a.ts", text: 'import { b } from "../runtime/b.ts";' },
  { name: "the product uses a stand-in", file: "src/ocm/a.ts", text: 'import { b } from "../../sim/b.ts";' },
  { name: "the product uses a ground", file: "src/ocm/a.ts", text: 'import { b } from "../../ground/b.ts";' },
  { name: "a stand-in uses the product", file: "sim/a.ts", text: 'import type { B } from "../src/kube/b.ts";' },
  { name: "a stand-in's test uses it", file: "sim/a.test.ts", text: 'import { b } from "../src/kube/b.ts";' },
  { name: "the API server knows Flux", file: "sim/apiserver/a.ts", text: 'import { b } from "../flux/b.ts";' },
  { name: "the sandbox uses the product", file: "sandbox/a.ts", text: 'import { b } from "../src/kube/b.ts";' },
  { name: "the product uses test support", file: "src/ocm/a.ts", text: 'import { b } from "../../test/support/b.ts";' },
];

describe("checkLayers", () => {
  for (const { name, file, text } of refused) {
    it(`complains when ${name}`, () => {
      const [complaint] = complaintsAbout({ [file]: text });

      assert.match(complaint ?? "nothing", new RegExp(`^${file} (may not import|re-exports)`));
    });
  }

  it("accepts what the table allows", () => {
    assert.deepEqual(
      complaintsAbout({
        "src/main.ts": 'import { run } from "./ocm/run.ts";',
        "src/ocm/run.ts":
          'import { a } from "../openmcp/a.ts"; import { readFile } from "node:fs/promises"; readFile(a);',
        "src/flux/release.ts": 'import { type KubeObject } from "../kube/object.ts"; export type R = KubeObject;',
        "src/runtime/queue.test.ts": 'import { FakeClock } from "../../test/support/fake-clock.ts"; new FakeClock();',
        "src/runtime/testing/clock.ts":
          'import { FakeClock } from "../../../test/support/fake-clock.ts"; new FakeClock();',
        "sim/flux/flux.test.ts": 'import { ApiServer } from "../apiserver/api-server.ts"; new ApiServer();',
        "ground/embedded/start.ts": 'import type { Ground } from "../ground.ts"; import { a } from "../../sim/a.ts";',
        "test/integration/a.test.ts": 'import { run } from "../../src/ocm/run.ts"; run();',
        "bench/speed.ts": 'import { startWorld } from "../test/support/world.ts"; await startWorld();',
      }),
      [],
    );
  });

  it("keeps what is made for tests out of everything else", () => {
    assert.deepEqual(complaintsAbout({ "src/kube/a.ts": 'import { script } from "./testing/script.ts"; script();' }), [
      "src/kube/a.ts may not import src/kube/testing/script.ts: that is for tests",
    ]);
  });

  it("complains about a barrel", () => {
    assert.deepEqual(complaintsAbout({ "src/ocm/all.ts": 'export * from "./client.ts";' }), [
      "src/ocm/all.ts re-exports src/ocm/client.ts: import the file you mean instead",
    ]);
  });

  it("accepts a public entry that re-exports names of its layer, and an example that imports the package", () => {
    assert.deepEqual(
      complaintsAbout({
        "src/kube/index.ts": 'export { a, type B } from "./a.ts"; export type { C } from "./c.ts";',
        "examples/hello/main.ts": 'import { a } from "service-provider-ocm/kube"; import { b } from "./b.ts"; a(b);',
        "examples/hello/main.test.ts": 'import { c } from "../../test/support/c.ts"; c();',
      }),
      [],
    );
  });

  const packaging: readonly {
    readonly name: string;
    readonly sources: Record<string, string>;
    readonly says: string;
  }[] = [
    {
      name: "a public entry re-exports a whole file",
      sources: { "src/kube/index.ts": 'export * from "./a.ts";' },
      says: "src/kube/index.ts may hold nothing but re-exported names: others install it",
    },
    {
      name: "a public entry holds code",
      sources: { "src/kube/index.ts": "export const a = 1;" },
      says: "src/kube/index.ts may hold nothing but re-exported names: others install it",
    },
    {
      name: "a public entry re-exports another layer",
      sources: { "src/runtime/index.ts": 'export { a } from "../kube/a.ts";' },
      says: "src/runtime/index.ts may not re-export src/kube/a.ts: that belongs to another layer",
    },
    {
      name: "a file imports a public entry",
      sources: { "src/runtime/a.ts": 'import { b } from "../kube/index.ts"; b();' },
      says: "src/runtime/a.ts may not import src/kube/index.ts: that is for packages that install this one",
    },
    {
      name: "a file imports the package by its name",
      sources: { "test/a.ts": 'import { b } from "service-provider-ocm/kube"; b();' },
      says: "test/a.ts may not import service-provider-ocm/kube: import the file you mean instead",
    },
    {
      name: "an example imports a file of the project",
      sources: { "examples/hello/main.ts": 'import { b } from "../../src/kube/b.ts"; b();' },
      says: "examples/hello/main.ts may not import values of src/kube/b.ts: examples/ stands below or beside src/kube/",
    },
  ];

  for (const { name, sources, says } of packaging) {
    it(`complains when ${name}`, () => {
      assert.deepEqual(complaintsAbout(sources), [says]);
    });
  }

  it("complains about an import cycle, also one of types", () => {
    assert.deepEqual(
      complaintsAbout({
        "sim/a.ts": 'import { b } from "./b.ts"; export const a = b;',
        "sim/b.ts": 'import type { C } from "./c.ts"; export const b: C = 1;',
        "sim/c.ts": 'import { a } from "./a.ts"; export type C = typeof a;',
      }),
      ["import cycle: sim/a.ts → sim/b.ts → sim/c.ts → sim/a.ts"],
    );
  });

  const circles: readonly { readonly name: string; readonly sources: Record<string, string>; readonly says: string }[] =
    [
      {
        name: "two folders that import each other",
        sources: {
          "src/ocm/a/one.ts": 'import { other } from "../b/other.ts"; export const one = other;',
          "src/ocm/a/two.ts": "export const two = 2;",
          "src/ocm/b/other.ts": "export const other = 1;",
          "src/ocm/b/user.ts": 'import type { two } from "../a/two.ts"; export type Two = typeof two;',
        },
        says: `folder circle: src/ocm/a → src/ocm/b → src/ocm/a
  src/ocm/a/one.ts imports src/ocm/b/other.ts
  src/ocm/b/user.ts imports src/ocm/a/two.ts`,
      },
      {
        name: "a folder and its sub-folder that import each other",
        sources: {
          "src/ocm/top.ts": 'import { deep } from "./a/deep.ts"; export const top = deep;',
          "src/ocm/a/deep.ts": 'import { shared } from "../shared.ts"; export const deep = shared;',
          "src/ocm/shared.ts": "export const shared = 1;",
        },
        says: `folder circle: src/ocm → src/ocm/a → src/ocm
  src/ocm/top.ts imports src/ocm/a/deep.ts
  src/ocm/a/deep.ts imports src/ocm/shared.ts`,
      },
      {
        name: "folders that import each other from different depths",
        sources: {
          "src/ocm/a/x/one.ts": 'import { other } from "../../b/other.ts"; export const one = other;',
          "src/ocm/a/two.ts": "export const two = 2;",
          "src/ocm/b/other.ts": "export const other = 1;",
          "src/ocm/b/y/user.ts": 'import { two } from "../../a/two.ts"; export const user = two;',
        },
        says: `folder circle: src/ocm/a → src/ocm/b → src/ocm/a
  src/ocm/a/x/one.ts imports src/ocm/b/other.ts
  src/ocm/b/y/user.ts imports src/ocm/a/two.ts`,
      },
      {
        name: "three folders in a circle",
        sources: {
          "src/ocm/a/one.ts": 'import { two } from "../b/two.ts"; export const one = two;',
          "src/ocm/a/free.ts": "export const free = 1;",
          "src/ocm/b/two.ts": "export const two = 2;",
          "src/ocm/b/next.ts": 'import { three } from "../c/three.ts"; export const next = three;',
          "src/ocm/c/three.ts": "export const three = 3;",
          "src/ocm/c/last.ts": 'import { free } from "../a/free.ts"; export const last = free;',
        },
        says: `folder circle: src/ocm/a → src/ocm/b → src/ocm/c → src/ocm/a
  src/ocm/a/one.ts imports src/ocm/b/two.ts
  src/ocm/b/next.ts imports src/ocm/c/three.ts
  src/ocm/c/last.ts imports src/ocm/a/free.ts`,
      },
    ];

  for (const { name, sources, says } of circles) {
    it(`complains about ${name}`, () => {
      assert.deepEqual(complaintsAbout(sources), [says]);
    });
  }

  it("names some of many imports in a folder circle", () => {
    const users = ["a", "b", "c", "d", "e"].map((name) => [`src/ocm/${name}.ts`, 'import "./deep/one.ts";'] as const);

    assert.deepEqual(
      complaintsAbout({
        ...Object.fromEntries(users),
        "src/ocm/deep/one.ts": "export {};",
        "src/ocm/deep/two.ts": 'import "../shared.ts";',
      }),
      [
        `folder circle: src/ocm → src/ocm/deep → src/ocm
  src/ocm/a.ts imports src/ocm/deep/one.ts
  src/ocm/b.ts imports src/ocm/deep/one.ts
  src/ocm/c.ts imports src/ocm/deep/one.ts
  2 more imports of src/ocm/deep in src/ocm
  src/ocm/deep/two.ts imports src/ocm/shared.ts`,
      ],
    );
  });

  it("lets a test beside the code import its test support", () => {
    assert.deepEqual(
      complaintsAbout({
        "src/kube/a.test.ts": 'import { script } from "./testing/script.ts"; script();',
        "src/kube/testing/script.ts": 'import { a } from "../a.ts"; export const script = a;',
        "src/kube/a.ts": "export const a = 1;",
      }),
      [],
    );
  });

  it("complains about a file outside the table", () => {
    assert.deepEqual(complaintsAbout({ "src/utils/text.ts": "export {};" }), ["src/utils/text.ts belongs to no layer"]);
  });

  it("refuses to pass over what it cannot read", () => {
    assert.throws(() => complaintsAbout({ "src/kube/a.ts": "export const = ;" }), /cannot parse src\/kube\/a\.ts/);
    assert.throws(() => complaintsAbout({ "src/kube/a.ts": "await import(name);" }), /cannot check src\/kube\/a\.ts/);
  });
});
