import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../../test/support/fake-clock.ts";
import { KubeClient } from "../../kube/client.ts";
import type { Condition } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { Script, type Step } from "../../kube/testing/script.ts";
import type { Retry } from "../../runtime/controller.ts";
import { EventRecorder } from "../../runtime/events.ts";
import { createLogger } from "../../runtime/log.ts";
import { Store } from "../../runtime/store.ts";
import { type ProviderConfigDeps, reconcileProviderConfig } from "./provider-config.ts";
import { Served } from "./served.ts";
import type { Unfollowed } from "./settings-source.ts";
import type { ServiceObject } from "./status.ts";
import type { Unserved } from "./unserved.ts";

const PATH = "/apis/test.example/v1/providerconfigs/ocm";
const configResource: Resource<ServiceObject> = {
  group: "test.example",
  version: "v1",
  kind: "ProviderConfig",
  plural: "providerconfigs",
  namespaced: false,
};
const signal = new AbortController().signal;
const object: ServiceObject = {
  apiVersion: "test.example/v1",
  kind: "ProviderConfig",
  metadata: { name: "ocm", resourceVersion: "1" },
};

function annotated(operation: string): ServiceObject {
  return { ...object, metadata: { ...object.metadata, annotations: { "openmcp.cloud/operation": operation } } };
}

type Source = ProviderConfigDeps<ServiceObject, ServiceObject>["settings"];

async function reconcile(
  played: readonly Step[] | Script,
  {
    source = {},
    stored = object,
    unserved = [],
  }: {
    readonly source?: Partial<Source>;
    readonly stored?: ServiceObject;
    readonly unserved?: readonly Unserved[] | "unknown";
  } = {},
): Promise<Retry> {
  const clock = new FakeClock();
  const log = createLogger({ level: "silent", pretty: false });
  const script = played instanceof Script ? played : new Script(...played);
  const store = new Store<ServiceObject>();
  store.set(stored);
  const settings = {
    fault: undefined,
    isSettling: false,
    isSame: () => true,
    unfollowed: (): readonly Unfollowed[] => [],
    problem: undefined,
    describe: (): undefined => undefined,
    ...source,
  };
  return reconcileProviderConfig({
    client: new KubeClient({ transport: script.transport, clock, random: () => 0, userAgent: "test" }),
    served: new Served([{ resource: configResource, store }]),
    tenants: new Store<ServiceObject>(),
    settings,
    events: new EventRecorder({ component: "test", instance: "", clock, log, signal }),
    clock,
    log,
    providerName: "ocm",
    podNamespace: "system",
    recheckAll: () => undefined,
    silences: () => [],
    unserved: () => unserved,
    shardsInForce: () => [],
  })("ocm", signal);
}

describe("reconcileProviderConfig", () => {
  it("tries again when somebody else has changed the object under a write", async () => {
    const json = { kind: "Status", code: 409, reason: "Conflict" };

    assert.equal(await reconcile([{ expect: `PATCH ${PATH}/status`, status: 409, json }]), "backoff");
  });

  it("says nothing while it is not known yet what comes into force", async () => {
    assert.deepEqual(await reconcile([], { source: { isSettling: true } }), { afterMs: 60_000 });
  });

  it("writes the status though the annotation that asks for a check cannot be removed", async () => {
    const stored = annotated("reconcile");
    const json = { kind: "Status", code: 422, reason: "Invalid" };

    const retry = await reconcile(
      [
        { expect: `PATCH ${PATH}`, status: 422, json },
        { expect: `GET ${PATH}`, json: stored },
        { expect: `PATCH ${PATH}/status`, json: stored },
      ],
      { stored },
    );

    assert.deepEqual(retry, { afterMs: 60_000 });
  });

  it("leaves an object alone that was set to be ignored when its annotation was to be removed", async () => {
    const json = { kind: "Status", code: 422, reason: "Invalid" };

    await reconcile(
      [
        { expect: `PATCH ${PATH}`, status: 422, json },
        { expect: `GET ${PATH}`, json: annotated("ignore") },
      ],
      { stored: annotated("reconcile") },
    );
  });

  describe("says of tenants that no process serves", () => {
    const message = "told before";
    const told: ServiceObject = {
      ...object,
      status: {
        observedGeneration: 0,
        phase: "Progressing",
        conditions: [
          {
            type: "Served",
            status: "False",
            reason: "ShardUnserved",
            message,
            lastTransitionTime: "2026-01-01T00:00:00Z",
          },
        ],
      },
    };

    async function served(
      unserved: readonly Unserved[] | "unknown",
      stored: ServiceObject = object,
    ): Promise<Partial<Condition> | undefined> {
      const script = new Script({ expect: `PATCH ${PATH}/status`, json: stored });
      await reconcile(script, { stored, unserved });
      const { status } = script.body(0) as { readonly status: { readonly conditions: readonly Condition[] } };
      return status.conditions.find(({ type }) => type === "Served");
    }

    it("which keys they have", async () => {
      const condition = await served([{ key: "a", count: 2 }]);

      assert.deepEqual([condition?.status, condition?.reason], ["False", "ShardUnserved"]);
      assert.match(condition?.message ?? "", /^no process serves 2 tenants: 2 with shard key "a"; run a process /u);
    });

    it("nothing where there are none", async () => {
      assert.equal(await served([]), undefined);
      assert.equal(await served([], told), undefined);
    });

    it("what was told before until it is known to be otherwise", async () => {
      assert.equal((await served("unknown", told))?.message, message);
      assert.equal(await served("unknown"), undefined);
    });
  });
});
