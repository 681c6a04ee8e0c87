import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeClient } from "../../kube/client.ts";
import type { ProvidedResource, ServiceProvider } from "./kinds.ts";
import { register } from "./registration.ts";
import { playObject } from "./testing/play-object.ts";
import { waitDeps } from "./testing/wait-deps.ts";

const resources: readonly ProvidedResource[] = [{ group: "example.org", version: "v1", kind: "Thing" }];

function serviceProvider(status?: ServiceProvider["status"]): ServiceProvider {
  return {
    apiVersion: "openmcp.cloud/v1alpha1",
    kind: "ServiceProvider",
    metadata: { name: "ocm", resourceVersion: JSON.stringify(status ?? {}) },
    ...(status !== undefined && { status }),
  };
}

async function registerOn(...states: readonly (ServiceProvider | undefined)[]): Promise<unknown[]> {
  const patches: unknown[] = [];
  const mergePatch = ((_resource: unknown, ref: object, patch: unknown, { subresource }: { subresource?: string }) => {
    patches.push([ref, patch, subresource]);
    return Promise.resolve(serviceProvider());
  }) as KubeClient["mergePatch"];
  const platform = { ...playObject(...states), mergePatch };
  await register({ platform, providerName: "ocm", resources, timeoutMs: 1000 }, waitDeps(1000));
  return patches;
}

describe("register", () => {
  it("writes exactly the given resources into the status once the operator has written one", async () => {
    const patches = await registerOn(
      undefined,
      serviceProvider(),
      serviceProvider({ phase: "Progressing" }),
      serviceProvider({ observedGeneration: 1, phase: "Progressing" }),
    );

    assert.deepEqual(patches, [[{ name: "ocm" }, { status: { resources } }, "status"]]);
  });

  it("replaces what is registered when it is anything else", async () => {
    const other = { group: "example.org", version: "v1", kind: "Other" };

    for (const registered of [[], [other], [...resources, other]]) {
      const patches = await registerOn(serviceProvider({ observedGeneration: 1, resources: registered }));

      assert.equal(patches.length, 1);
    }
  });

  it("writes nothing when exactly that is registered", async () => {
    assert.deepEqual(await registerOn(serviceProvider({ observedGeneration: 1, resources })), []);
  });

  it("fails when the operator does not write a status in time", async () => {
    await assert.rejects(registerOn(serviceProvider()), /waiting for the operator to write the status/u);
  });
});
