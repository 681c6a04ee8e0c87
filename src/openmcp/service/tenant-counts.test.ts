import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Store } from "../../runtime/store.ts";
import type { ServiceObject } from "./status.ts";
import { countLater, countTenants } from "./tenant-counts.ts";

type Said = { readonly status: "True" | "False"; readonly reason: string; readonly message?: string };

function tenant(conditions: Readonly<Record<string, Said>>): ServiceObject {
  return {
    apiVersion: "test.example/v1",
    kind: "Test",
    metadata: { name: "mcp", namespace: "ws" },
    status: {
      observedGeneration: 1,
      phase: "Progressing",
      conditions: Object.entries(conditions).map(([type, said]) => {
        return { type, message: "", ...said, lastTransitionTime: "2026-01-01T00:00:00Z" };
      }),
    },
  };
}

const ready = { Ready: { status: "True", reason: "ReconcileSuccess" } } as const;
const terminating = { status: "False", reason: "Terminating" } as const;

describe("countTenants", () => {
  it("counts who is ready and who needs help; who is on the way is neither", () => {
    const { status: _none, ...unseen } = tenant({});
    const all = [
      tenant(ready),
      tenant(ready),
      tenant({ Ready: { status: "False", reason: "ReconcileError" } }),
      tenant({ Ready: { status: "False", reason: "Reconciling" } }),
      tenant({ Ready: terminating, Removed: { status: "False", reason: "UserObjectsExist" } }),
      unseen,
    ];

    assert.deepEqual(countTenants(all), { total: 6, ready: 2, failing: 1 });
  });

  it("counts a deletion that an API server refuses among those that need help", () => {
    const refused = { ...terminating, message: "401 Unauthorized" };

    for (const others of [{}, { Removed: { status: "False", reason: "Removing" } as const }]) {
      assert.equal(countTenants([tenant({ Ready: refused, ...others })]).failing, 1);
    }
  });
});

const KEY = "ws/mcp";

function version(resourceVersion: string): ServiceObject {
  const metadata = { namespace: "ws", name: "mcp", uid: "u", resourceVersion };
  return { apiVersion: "test.example/v1", kind: "Test", metadata };
}

function counted(pass: (store: Store<ServiceObject>) => void) {
  const store = new Store<ServiceObject>();
  const counts: string[] = [];
  const count = (): void => void counts.push(store.get(KEY)?.metadata.resourceVersion ?? "none");
  const reconcile = countLater(
    async () => {
      pass(store);
      return "never";
    },
    store,
    count,
  );
  return { store, counts, reconcile: () => reconcile(KEY, new AbortController().signal) };
}

describe("countLater", () => {
  it("has everything counted when somebody else changes or deletes an object", () => {
    const { store, counts } = counted(() => undefined);

    store.set(version("1"));
    store.remove(version("2"));

    assert.deepEqual(counts, ["1", "none"]);
  });

  it("has everything counted after a pass that wrote", async () => {
    const { store, counts, reconcile } = counted((inPass) => inPass.written(version("2")));
    store.set(version("1"));

    assert.equal(await reconcile(), "never");

    assert.deepEqual(counts, ["1", "2"]);
  });

  it("has everything counted after a pass that wrote and then failed", async () => {
    const { store, counts, reconcile } = counted((inPass) => {
      inPass.written(version("2"));
      throw new Error("expected");
    });
    store.set(version("1"));

    await assert.rejects(reconcile());

    assert.deepEqual(counts, ["1", "2"]);
  });

  it("leaves it at that after a pass that wrote nothing", async () => {
    const { store, counts, reconcile } = counted(() => undefined);
    store.set(version("1"));

    await reconcile();

    assert.deepEqual(counts, ["1"]);
  });
});
