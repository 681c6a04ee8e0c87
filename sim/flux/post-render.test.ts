import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Obj } from "../object.ts";
import { postRender } from "./post-render.ts";

const deployment: Obj = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "manager", namespace: "n" },
  spec: { replicas: 2, template: { spec: { containers: [{ name: "manager", image: "i", env: [{ name: "A" }] }] } } },
};
const secret: Obj = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "n" } };

function rendererOf(kind: string, patch: unknown): unknown {
  return { kustomize: { patches: [{ target: { kind }, patch: JSON.stringify(patch) }] } };
}

describe("post-rendering", () => {
  it("merges into objects of the kind, and leaves name and all others alone", () => {
    const env = [{ name: "B", value: "b" }];
    const volumes = [{ name: "v" }];
    const patch = {
      metadata: { name: "any" },
      spec: { template: { spec: { containers: [{ name: "manager", env }], volumes } } },
    };

    assert.deepEqual(postRender([deployment, secret], [rendererOf("Deployment", patch)]), [
      {
        ...deployment,
        spec: {
          replicas: 2,
          template: {
            spec: { containers: [{ name: "manager", image: "i", env: [{ name: "A" }, ...env] }], volumes },
          },
        },
      },
      secret,
    ]);
  });

  it("changes nothing without renderers", () => {
    assert.deepEqual(postRender([deployment], []), [deployment]);
  });
});
