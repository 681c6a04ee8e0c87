import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { testContext } from "../../src/openmcp/command/testing/program.ts";
import { execute } from "../../src/openmcp/program/execute.ts";
import { hello } from "../support/hello.ts";

const OBJECTS = new URL("../../examples/hello/objects.yaml", import.meta.url).pathname;

describe("render of a provider that is written on the library", () => {
  it("prints its objects on the platform and on the control plane, as the last state in the files asks for", async () => {
    const written = { out: "", err: "" };

    const code = await execute(["render", "-f", OBJECTS, "-o", "json"], testContext(written, hello));

    assert.deepEqual([code, written.err], [0, ""]);
    const { objects } = JSON.parse(written.out) as {
      readonly objects: readonly {
        readonly written: readonly {
          readonly cluster: string;
          readonly object: { readonly kind: string; data?: unknown };
        }[];
      }[];
    };
    assert.deepEqual(
      objects.flatMap((one) => one.written.map(({ cluster, object }) => [cluster, object.kind, object.data])),
      [
        ["platform", "AccessRequest", undefined],
        ["target", "ConfigMap", { text: "Good morning, control plane!" }],
      ],
    );
  });
});
