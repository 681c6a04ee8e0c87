import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { playObject } from "./testing/play-object.ts";
import { waitDeps } from "./testing/wait-deps.ts";
import { lookForEndOf, waitForObject, type Wait } from "./wait-for-object.ts";

const things: Resource = { group: "example.org", version: "v1", kind: "Thing", plural: "things", namespaced: true };
const TIMEOUT_MS = 60_000;

function thing(resourceVersion: string): KubeObject {
  return { apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "a", namespace: "b", resourceVersion } };
}

function waitFor(resourceVersion: string, ...states: readonly (KubeObject | undefined)[]): Wait<KubeObject, string> {
  return {
    client: playObject(...states),
    resource: things,
    ref: { name: "a", namespace: "b" },
    look: (object) =>
      object?.metadata.resourceVersion === resourceVersion
        ? { found: resourceVersion }
        : { waitingFor: `version ${resourceVersion}, seen ${object?.metadata.resourceVersion ?? "nothing"}` },
    timeoutMs: TIMEOUT_MS,
  };
}

describe("waitForObject", () => {
  it("finds what is there from the beginning", async () => {
    assert.equal(await waitForObject(waitFor("1", thing("1")), waitDeps()), "1");
  });

  it("finds what comes later by watch", async () => {
    assert.equal(await waitForObject(waitFor("3", undefined, thing("2"), undefined, thing("3")), waitDeps()), "3");
  });

  it("gives up when the time is up and says what it last waited for", async () => {
    await assert.rejects(
      waitForObject(waitFor("3", thing("2")), waitDeps(TIMEOUT_MS)),
      /gave up after 60 s while waiting for version 3, seen 2/u,
    );
  });

  it("gives up at once when waiting cannot help", async () => {
    const wait: Wait<KubeObject, string> = {
      ...waitFor("3", thing("2")),
      look: () => {
        throw new Error("denied");
      },
    };

    await assert.rejects(waitForObject(wait, waitDeps()), /^Error: denied$/u);
  });

  it("rejects when it is interrupted", async () => {
    const stop = new AbortController();
    const waiting = waitForObject(waitFor("3", thing("2")), { ...waitDeps(), signal: stop.signal });

    setImmediate(() => stop.abort());

    await assert.rejects(waiting, /interrupted while waiting for/u);
  });
});

describe("lookForEndOf", () => {
  const object = { ...thing("1"), metadata: { name: "a", uid: "1" } };
  const look = lookForEndOf(object);

  it("finds nothing, or another object of the name", () => {
    const other = { ...object, metadata: { ...object.metadata, uid: "2" } };

    assert.deepEqual(look(undefined), { found: undefined });
    assert.deepEqual(look(other), { found: other });
  });

  it("waits for the object, and names who holds it", () => {
    const held = { ...object, metadata: { ...object.metadata, finalizers: ["one", "other"] } };

    assert.deepEqual(look(object), { waitingFor: "the Thing to be gone" });
    assert.deepEqual(look(held), { waitingFor: "the Thing to be gone; its finalizers: one, other" });
  });
});
