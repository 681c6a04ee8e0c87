import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { StalledError } from "../../runtime/errors.ts";
import { problemsIn } from "./problems-in.ts";
import { shardsInForce } from "./shards-in-force.ts";
import type { ServiceObject } from "./status.ts";

type Config = ServiceObject & { readonly spec: { readonly shards?: unknown; readonly chart?: string } };

const crd = {
  spec: {
    group: "a.example",
    names: { kind: "ProviderConfig" },
    versions: [
      {
        schema: {
          openAPIV3Schema: {
            properties: {
              spec: { properties: { shards: { type: "array", items: { type: "string", pattern: "^[a-z]+$" } } } },
            },
          },
        },
      },
    ],
  },
};

describe("the shards in force", () => {
  const tell = (): ((...configs: readonly Config[]) => readonly string[]) => {
    const of = shardsInForce<Config>(
      {
        settings: {
          read: ({ spec }) => {
            if (spec.chart === "bad") {
              throw new StalledError("InvalidProviderConfig", "spec.chart: bad");
            }
          },
        },
        shardsOf: ({ spec }) => spec.shards as readonly string[] | undefined,
      },
      problemsIn([crd as never]),
    );
    return (...configs) => of(configs);
  };
  const config = (
    spec: Config["spec"],
    shards?: unknown,
    annotations: Readonly<Record<string, string>> = {},
  ): Config => {
    const status = { observedGeneration: 1, phase: "Ready", shards } as const;
    return {
      apiVersion: "a.example/v1",
      kind: "ProviderConfig",
      metadata: { name: "ocm", annotations },
      spec,
      ...(shards !== undefined && { status }),
    };
  };

  const rows: readonly (readonly [what: string, config: Config, expected: readonly string[]])[] = [
    ["are none where none are asked for", config({}), []],
    ["are those of valid settings", config({ shards: ["a", "b"] }, ["a"]), ["a", "b"]],
    ["are none when valid settings have none any more", config({}, ["a"]), []],
    ["stay while one of them is no key", config({ shards: ["a", "no key"] }, ["a"]), ["a"]],
    ["stay while one of them is no text", config({ shards: [1] }, ["a"]), ["a"]],
    ["stay while they are no list", config({ shards: "b" }, ["a"]), ["a"]],
    ["stay while another setting is bad", config({ shards: ["b"], chart: "bad" }, ["a"]), ["a"]],
    ["are none while the first settings are bad", config({ shards: ["no key"] }), []],
    [
      "stay while the settings are ignored",
      config({ shards: ["b"] }, ["a"], { "openmcp.cloud/operation": "ignore" }),
      ["a"],
    ],
    ["are none where the status is not a list", config({ shards: [1] }, "a"), []],
  ];
  for (const [what, object, expected] of rows) {
    it(what, () => {
      assert.deepEqual(tell()(object), expected);
    });
  }

  const IGNORED = { "openmcp.cloud/operation": "ignore" };
  for (const [what, leader, expected] of [
    ["is bad", config({ shards: ["no key"] }), ["a"]],
    ["is ignored", config({ shards: ["b"] }, undefined, IGNORED), ["a"]],
    ["is valid", config({ shards: ["b"] }), ["b"]],
    ["is valid and has none", config({}), []],
    ["is bad, and was in force before", config({ shards: ["no key"] }, ["c"]), ["c"]],
    ["is bad, and was in force without any before", config({ shards: ["no key"] }, []), []],
  ] as const) {
    it(`are, beside a ProviderConfig of an earlier group, the right ones when the one that leads ${what}`, () => {
      assert.deepEqual(tell()(leader, config({ shards: ["x"] }, ["a"])), expected);
    });
  }

  it("are none without a ProviderConfig", () => {
    assert.deepEqual(tell()(), []);
  });

  it("are told of each object anew", () => {
    const of = tell();

    assert.deepEqual(of(config({ shards: ["a"] })), ["a"]);
    assert.deepEqual(of(config({ shards: ["b"] })), ["b"]);
  });
});
