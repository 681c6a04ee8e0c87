import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Retry } from "../../runtime/controller.ts";
import { TIMER } from "../../runtime/queue.ts";
import type { Basis } from "../../runtime/rest.ts";
import { RestingTenants } from "./resting-tenants.ts";
import type { ServiceObject } from "./status.ts";

const KEY = "project/mcp-01";
const LATER: Retry = { afterMs: 60_000 };

function thing(ready: "True" | "False" = "True"): ServiceObject {
  const condition = { type: "Ready", status: ready, reason: "X", message: "", lastTransitionTime: "" } as const;
  return {
    apiVersion: "test.example/v1",
    kind: "Thing",
    metadata: { name: "mcp-01", namespace: "project", generation: 1 },
    status: { observedGeneration: 1, phase: "Ready", conditions: [condition] },
  };
}

/** A tenant over which passes are made again and again, and all that they depend on. */
function world() {
  const now = {
    object: thing() as ServiceObject | undefined,
    settings: {} as unknown,
    shard: undefined as string | undefined,
    basis: ["a"] as Basis | undefined,
    states: ["b"],
    isPassing: false,
    causes: [TIMER, "Thing"] as readonly string[],
  };
  const asked = new Set<string>();
  const tenants = new RestingTenants<ServiceObject>({
    watches: {
      objects: { get: () => now.object },
      shards: { keyOf: () => now.shard },
      tenants: { namespaceOf: () => "tenant" },
      statesOf: () => now.states,
      isInStates: (cause) => cause === "Thing",
    },
    settings: { read: () => now.settings },
    actions: { basis: () => now.basis, isPassing: () => now.isPassing },
    queue: { causes: () => now.causes },
    reconcileRequests: asked,
  });
  const isMade = async (act: () => void = () => undefined): Promise<boolean> => {
    let made = false;
    await tenants.pass(KEY, () => {
      made = true;
      act();
      return Promise.resolve(LATER);
    });
    return made;
  };
  return { now, asked, tenants, isMade };
}

type World = ReturnType<typeof world>;

/** The same for a tenant over which the last pass has found nothing to do. */
async function atRest(): Promise<World> {
  const resting = world();
  resting.tenants.count(() => () => undefined);
  assert.ok(await resting.isMade());
  assert.ok(!(await resting.isMade()));
  return resting;
}

describe("a tenant over which a pass has found nothing to do", () => {
  const changes: Readonly<Record<string, (world: World) => unknown>> = {
    "the settings are others": ({ now }) => (now.settings = {}),
    "it belongs to another shard": ({ now }) => (now.shard = "a"),
    "what the provider has read elsewhere is another": ({ now }) => (now.basis = ["c"]),
    "one of its objects is another": ({ now }) => (now.states = ["c"]),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`has one more, and no second one, when ${what}, although nobody has told of it`, async () => {
      const resting = await atRest();

      change(resting);

      assert.ok(await resting.isMade());
      assert.ok(!(await resting.isMade()));
    });
  }

  const reasons: Readonly<Record<string, (world: World) => unknown>> = {
    "something else than its objects asks for it": ({ now }) => (now.causes = [TIMER, "ProviderConfig"]),
    "it is not Ready": ({ now }) => (now.object = thing("False")),
    "somebody asks for a check": ({ asked }) => asked.add(KEY),
    "something is due": ({ now }) => (now.basis = undefined),
    "it was forgotten": ({ tenants }) => tenants.forget(KEY),
  };
  for (const [what, change] of Object.entries(reasons)) {
    it(`has one more when ${what}`, async () => {
      const resting = await atRest();

      change(resting);

      assert.ok(await resting.isMade());
    });
  }
});

describe("a pass", () => {
  it("spares none when it has sent a request", async () => {
    const { tenants, isMade } = world();
    let tell: (() => void) | undefined;
    tenants.count((listener) => {
      tell = () => listener({} as never);
      return () => undefined;
    });

    assert.ok(await isMade(() => tell?.()));
    assert.ok(await isMade(() => tenants.noteRequest()));

    assert.ok(await isMade());
    assert.ok(!(await isMade()));
  });

  it("spares none while nobody counts requests", async () => {
    const { isMade } = world();

    assert.ok(await isMade());
    assert.ok(await isMade());
  });

  it("spares none over a tenant in a state that is only passed through", async () => {
    const { now, tenants, isMade } = world();
    tenants.count(() => () => undefined);
    now.isPassing = true;

    assert.ok(await isMade());
    now.isPassing = false;

    assert.ok(await isMade());
    assert.ok(!(await isMade()));
  });
});
