import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeClient } from "../../kube/client.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { ProvidedResource, ServiceProvider } from "./kinds.ts";
import { findDroppedKinds, findProviderName, refuseToStrand, register } from "./registration.ts";
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

function named(name: string, kinds: readonly ProvidedResource[]): ServiceProvider {
  return { ...serviceProvider({ resources: kinds }), metadata: { name } };
}

function nameAmong(...items: readonly ServiceProvider[]): Promise<string> {
  const list = (() => Promise.resolve({ items, resourceVersion: "1" })) as KubeClient["list"];
  return findProviderName({ list }, resources, new AbortController().signal);
}

describe("findProviderName", () => {
  const others = named("others", [{ group: "example.org", version: "v1", kind: "Else" }]);

  it("finds the ServiceProvider that has registered the kinds", async () => {
    assert.equal(await nameAmong(others, serviceProvider(), named("things", resources)), "things");
  });

  it("refuses to choose, and names the flag", async () => {
    await assert.rejects(nameAmong(others), /registered Thing\.example\.org, found none: set --provider-name/u);
    await assert.rejects(nameAmong(named("a", resources), named("b", resources)), /found a, b: set --provider-name/u);
  });
});

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

describe("findDroppedKinds", () => {
  const thing = { group: "example.org", version: "v1", kind: "Thing" };
  const other = { ...thing, kind: "Other" };
  const moved = { ...thing, group: "old.example.org" };
  const cases: readonly (readonly [
    what: string,
    registered: readonly ProvidedResource[] | undefined,
    dropped: unknown,
  ])[] = [
    ["nothing where nothing is registered", undefined, []],
    ["nothing where the same is registered, in whatever version", [{ ...thing, version: "v1alpha1" }], []],
    ["another kind and another group", [other, thing, moved], [other, moved]],
  ];
  for (const [what, registered, dropped] of cases) {
    it(`finds ${what}`, async () => {
      const status = registered && { observedGeneration: 1, resources: registered };
      const platform = playObject(serviceProvider(status));

      const found = await findDroppedKinds({ platform, providerName: "ocm" }, [thing], new AbortController().signal);

      assert.deepEqual(found, dropped);
    });
  }

  it("finds nothing where there is no ServiceProvider", async () => {
    const platform = playObject<ServiceProvider>();

    assert.deepEqual(await findDroppedKinds({ platform, providerName: "ocm" }, [], new AbortController().signal), []);
  });
});

function relic(name: string): KubeObject {
  return { apiVersion: "example.org/v1", kind: "Relic", metadata: { name, namespace: "project-x--ws-y" } };
}

describe("refuseToStrand", () => {
  const relics = { group: "example.org", version: "v1", kind: "Relic", plural: "relics", namespaced: true };

  /** Refuses to drop `Relic` on a cluster that serves `served` and has `objects` of them. */
  function refuse(served: readonly (typeof relics)[], objects: readonly KubeObject[]): Promise<void> {
    const list = ((resource: unknown) => {
      assert.equal(resource, relics);
      return Promise.resolve({ items: objects, resourceVersion: "1" });
    }) as KubeClient["list"];
    return refuseToStrand(
      { list, resourcesOf: () => Promise.resolve(served) },
      [{ group: "example.org", version: "v1", kind: "Relic" }],
      new AbortController().signal,
    );
  }

  it("names the kind, how many objects there are, one of them, and what to do", async () => {
    const others = [{ ...relics, kind: "Thing", plural: "things" }];

    await assert.rejects(
      refuse([...others, relics], [relic("mcp-01"), relic("mcp-02")]),
      /^Error: found 2 objects of the registered kind Relic\.example\.org, .*"project-x--ws-y\/mcp-01": nothing was changed.* run a version that serves them/u,
    );
    await assert.rejects(refuse([relics], [relic("mcp-01")]), /found 1 object of/u);
  });

  it("lets a kind go of which there are no objects, or that nobody serves any more", async () => {
    await refuse([relics], []);
    await refuse([], [relic("unseen")]);
  });
});
