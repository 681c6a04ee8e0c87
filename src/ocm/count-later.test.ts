import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Store } from "../runtime/store.ts";
import type { OCM } from "./api/objects.ts";
import { countLater } from "./count-later.ts";

const KEY = "ws/mcp";

function ocm(resourceVersion: string): OCM {
  const metadata = { namespace: "ws", name: "mcp", uid: "u", resourceVersion };
  return { apiVersion: "ocm.services.openmcp.cloud/v1alpha1", kind: "OCM", metadata, spec: { version: "1" } };
}

function counted(pass: (store: Store<OCM>) => void) {
  const store = new Store<OCM>();
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

    store.set(ocm("1"));
    store.remove(ocm("2"));

    assert.deepEqual(counts, ["1", "none"]);
  });

  it("has everything counted after a pass that wrote", async () => {
    const { store, counts, reconcile } = counted((inPass) => inPass.written(ocm("2")));
    store.set(ocm("1"));

    assert.equal(await reconcile(), "never");

    assert.deepEqual(counts, ["1", "2"]);
  });

  it("has everything counted after a pass that wrote and then failed", async () => {
    const { store, counts, reconcile } = counted((inPass) => {
      inPass.written(ocm("2"));
      throw new Error("expected");
    });
    store.set(ocm("1"));

    await assert.rejects(reconcile());

    assert.deepEqual(counts, ["1", "2"]);
  });

  it("leaves it at that after a pass that wrote nothing", async () => {
    const { store, counts, reconcile } = counted(() => undefined);
    store.set(ocm("1"));

    await reconcile();

    assert.deepEqual(counts, ["1"]);
  });
});
