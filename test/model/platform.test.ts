import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { startInProcessGround } from "../../ground/embedded/in-process-ground.ts";
import { type SimClient, refOf } from "../../sim/client.ts";
import { VirtualClock } from "../../sim/clock.ts";
import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { EARLIER_GROUP } from "../../src/ocm/api/group.ts";
import { ACCESS_FINALIZER, mcpAccessRequest } from "../../src/openmcp/platform/tenant-access.ts";
import { accessOperator, collector, withPlane } from "./platform.ts";
import { told } from "./requests.ts";
import { done, remembered } from "./rule.ts";
import { created, kept, marked } from "./server.ts";
import { EMPTY, KINDS, OCM_REF, read, type World, withValues } from "./world.ts";

const PLANE = { name: OCM_REF.name, namespace: OCM_REF.namespace };
const REQUEST = mcpAccessRequest({ controller: EARLIER_GROUP, ...PLANE }, {}) as unknown as Obj;

describe("the platform in the model comes to rest as its stand-in does", () => {
  it("when access is requested, deleted, and let go of", async () => {
    const modelled = playModel();

    assert.deepEqual(modelled, await playStandIn());
    assert.equal(modelled.length, 3);
  });
});

const actors = [accessOperator("access"), collector("access")].map(remembered);

function rest(start: World): World {
  let world = start;
  for (;;) {
    const deed = actors.flatMap((deeds) => deeds(world)).find(({ isFault }) => !isFault);
    if (deed === undefined) {
      return world;
    }
    world = done(world, deed);
  }
}

function put(world: World, access: Obj | undefined): World {
  return rest(told(withValues(world, { access }), "access"));
}

function playModel(): readonly object[] {
  const requested = put(withPlane(EMPTY), created(REQUEST, "access-0"));
  const deleted = put(requested, kept(marked(read(requested, "access") as Obj)));
  const left = put(deleted, kept(withoutOurs(read(deleted, "access") as Obj)));
  return [requested, deleted, left].map((world) => {
    return essence(read(world, "plane"), read(world, "access"), read(world, "kubeconfig"));
  });
}

async function playStandIn(): Promise<readonly object[]> {
  const clock = new VirtualClock();
  const simulation = await clock.runUntil(startInProcessGround({ clock }));
  assert.ok(simulation !== undefined);
  const { client } = simulation.platform;
  const states: object[] = [];
  const settle = async (): Promise<void> => {
    await clock.advance(60_000);
    states.push(await stateOf(client));
  };
  await clock.runUntil(simulation.orderControlPlane(PLANE));
  await client.create(REQUEST);
  await settle();
  await client.delete(refOf(REQUEST));
  await settle();
  await client.patchMerge(refOf(REQUEST), { metadata: { finalizers: null } });
  await settle();
  await clock.runUntil(simulation.stop());
  return states;
}

async function stateOf(client: SimClient): Promise<object> {
  const { namespace } = REQUEST.metadata;
  const { resource } = KINDS.plane;
  const apiVersion = `${resource.group}/${resource.version}`;
  const plane = await client.find({ apiVersion, kind: resource.kind, namespace, name: KINDS.plane.name });
  const access = await client.find(refOf(REQUEST));
  const secrets = await client.list({ apiVersion: "v1", kind: "Secret", namespace });
  const isOfRequest = ({ metadata }: Obj): boolean =>
    (metadata.ownerReferences ?? []).some(({ name }) => name === REQUEST.metadata.name);
  return essence(plane, access, secrets.find(isOfRequest));
}

/** What matters of an access to whoever uses it. */
function essence(plane: Obj | undefined, access: Obj | undefined, kubeconfig: Obj | undefined): object {
  const cluster = textAt(plane, "status", "cluster", "name");
  const secret = kubeconfig?.metadata;
  return {
    cluster: cluster !== "",
    access: access && essenceOfAccess(access, { cluster, secret: secret?.name }),
    kubeconfig: secret && {
      isOwned: secret.ownerReferences?.every(({ uid }) => uid === access?.metadata.uid),
      hasContent: textAt(kubeconfig, "data", "kubeconfig") !== "",
    },
  };
}

function essenceOfAccess(
  access: Obj,
  around: { readonly cluster: string; readonly secret: string | undefined },
): object {
  const { finalizers = [], deletionTimestamp, generation } = access.metadata;
  return {
    isGoing: deletionTimestamp !== undefined,
    isHeldByUs: finalizers.includes(ACCESS_FINALIZER),
    holders: finalizers.length,
    phase: textAt(access, "status", "phase"),
    isOfGeneration: valueAt(access, "status", "observedGeneration") === generation,
    isOfCluster: textAt(access, "spec", "clusterRef", "name") === around.cluster,
    namesSecret: textAt(access, "status", "secretRef", "name") === around.secret,
  };
}

function withoutOurs(access: Obj): Obj {
  const finalizers = (access.metadata.finalizers ?? []).filter((one) => one !== ACCESS_FINALIZER);
  return { ...access, metadata: { ...access.metadata, finalizers } };
}
